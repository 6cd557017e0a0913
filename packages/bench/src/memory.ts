// How much memory it takes to delete through a stream, to write a plan, and to load and purge it, for so many sessions: the
// peak of the resident set of a process that does nothing else. The server is left out: every request is answered in the
// process, in its next turn.
//
// Run by bench.ts on each runtime, `memory.ts STEP SESSIONS FOLDER`. Prints one JSON object, a `Footprint`.
import "@powerdrill-sessions/core/deno"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { PowerdrillConfig, SessionId, Sessions, UserId } from "@powerdrill-sessions/core"
import { LedgerFile, Plan, PlanEntry, Purge } from "@powerdrill-sessions/purge"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { existsSync, readFileSync } from "node:fs"
import { Footprint, Step } from "./Footprint.ts"
import { heapInUse } from "./heap.ts"

const [step, sessions, folder] = Schema.decodeUnknownSync(Schema.Tuple([Step, Schema.FiniteFromString, Schema.String]))(
  process.argv.slice(2)
)

const baseUrl = "https://ai.data.cloud/api"
const path = `${folder}/plan.jsonl`

/** In no order, of a hundred users, with ids and titles as they usually are. */
const entries = Stream.range(0, sessions - 1).pipe(
  Stream.map((index) => {
    const mixed = Math.imul(index + 1, 2_654_435_761) >>> 0
    return new PlanEntry({
      sessionId: SessionId.make(
        `${mixed.toString(16).padStart(8, "0")}-${index.toString(16).padStart(8, "0")}-0242ac110002`
      ),
      userId: UserId.make(`tmm-${mixed % 100}`),
      title: `Revenue of quarter ${index % 4}, region ${mixed % 1_000}`
    })
  })
)

/** What is in use while the stream is still there. */
let alive: number | undefined

/** What a program writes that needs no ledger. */
const calls = Effect.gen(function* () {
  const client = yield* Sessions
  let count = 0
  yield* entries.pipe(
    Stream.mapEffect((entry) => Effect.result(client.delete(entry)), { concurrency: 32, unordered: true }),
    Stream.runForEach(() =>
      ++count < sessions
        ? Effect.void
        : Effect.promise(async () => {
            alive = await heapInUse()
          })
    )
  )
  return count
})

const write = Effect.map(
  Plan.write(path, { baseUrl, selection: "all sessions of all users", entries }),
  ({ header }) => header.count
)

/** One in a hundred is not there. */
const nextTurn = Layer.sync(HttpClient.HttpClient, () => {
  let number = 0
  return HttpClient.make((request) =>
    Effect.map(Effect.yieldNow, () => {
      const body = number++ % 100 === 99 ? { code: 300003, msg: "The session was not found." } : { code: 0, data: null }
      return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body)))
    })
  )
})

const purge = Effect.gen(function* () {
  const plan = yield* Plan.open(path, { baseUrl })
  const last = yield* Purge.run(plan).pipe(Stream.runLast, Effect.provide(LedgerFile.layer(plan, "a benchmark")))
  const { deleted, notDeleted } = Option.getOrThrow(last).counts
  return deleted + notDeleted
})

const steps = { calls, write, purge }

const services = Sessions.layer.pipe(
  Layer.provide([nextTurn, PowerdrillConfig.layer({ apiKey: "bench", baseUrl, requestsPerSecond: Infinity })]),
  Layer.merge(NodeFileSystem.layer)
)

/** In bytes. */
const peak = (): number => {
  const status = "/proc/self/status"
  const [, kilobytes] = existsSync(status) ? (/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, "utf8")) ?? []) : []
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024
}

const started = performance.now()
const done = await Effect.runPromise(Effect.provide(steps[step], services))
if (done !== sessions) throw new Error(`${done} of ${sessions} sessions were processed.`)
const footprint: Footprint = {
  peak: peak(),
  ...(alive === undefined ? undefined : { alive }),
  seconds: (performance.now() - started) / 1_000
}
console.log(JSON.stringify(footprint))
