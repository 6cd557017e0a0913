// Where the time of a delete over undici goes, on Node: the parts of a profile of many of them, 32 at a time.
//
// Run by bench.ts, with the URL of the server. Prints one JSON object, `Shares`.
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { UndiciTransport } from "@powerdrill-sessions/undici"
import { Effect, Layer } from "effect"
import { Session } from "node:inspector/promises"
import type { Shares } from "./Shares.ts"

const [url = ""] = process.argv.slice(2)

const calls = Sessions.use((sessions) =>
  Effect.forEach(Array(20_000), () => sessions.delete({ sessionId: "04b6", userId: "tmm-1" }), {
    concurrency: 32,
    discard: true
  })
)

const parts: ReadonlyArray<readonly [part: string, file: RegExp]> = [
  [
    "what is checked and decoded: schemas and times of Effect",
    /\/effect\/dist\/(?:Schema|internal\/(?:schema|dateTime|record))/
  ],
  ["headers and responses of Effect", /\/effect\/dist\/http\//],
  ["fibers and the rest of Effect", /\/effect\/dist\//],
  ["core and the transport", /\/packages\/(?:core|undici)\//],
  ["undici", /\/undici\/|^wasm:/],
  ["Node: sockets, streams, timers", /^node:|^$/]
]

const partOf = ({ functionName, url }: { readonly functionName: string; readonly url: string }): string => {
  if (functionName === "(idle)") return "waiting for the server"
  if (functionName === "(garbage collector)") return "garbage"
  return parts.find(([, file]) => file.test(url))?.[0] ?? "the rest"
}

const profile = Effect.gen(function* () {
  yield* calls
  const session = new Session()
  session.connect()
  yield* Effect.promise(() => session.post("Profiler.enable"))
  yield* Effect.promise(() => session.post("Profiler.start"))
  yield* calls
  const { profile } = yield* Effect.promise(() => session.post("Profiler.stop"))
  session.disconnect()

  const partById = new Map(profile.nodes.map(({ callFrame, id }) => [id, partOf(callFrame)]))
  const samples = profile.samples ?? []
  const shares = new Map<string, number>()
  for (const id of samples) {
    const part = partById.get(id) ?? "the rest"
    shares.set(part, (shares.get(part) ?? 0) + 1 / samples.length)
  }
  return Object.fromEntries(shares) satisfies Shares
})

const layer = Sessions.layer.pipe(
  Layer.provide([
    UndiciTransport.layer,
    PowerdrillConfig.layer({ apiKey: "bench", baseUrl: url, requestsPerSecond: Infinity })
  ])
)

console.log(JSON.stringify(await Effect.runPromise(Effect.provide(profile, layer))))
