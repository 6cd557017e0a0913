// `npm run peers`: what other clients say of a session after the same failures, and whether it is true. Every client meets
// every failure on a server of its own, over sockets. The tables go into docs/peers.md.
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, Schema } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { axiosRetry } from "./AxiosRetry.ts"
import { type Failure, failures } from "./Failure.ts"
import { fetchRetry } from "./FetchRetry.ts"
import { got } from "./Got.ts"
import { ky } from "./Ky.ts"
import type { Peer, Says } from "./Peer.ts"
import { powerdrillSessions } from "./PowerdrillSessions.ts"

const peers = [ky, got, axiosRetry, fetchRetry, powerdrillSessions]
const timeoutMillis = 500

interface Trial {
  readonly peer: Peer
  readonly failure: Failure
  readonly says: Says
  readonly gone: boolean
  readonly requests: number
  /** The API key arrived at the other origin. */
  readonly leaked: boolean
}

const attempt = Effect.fnUntraced(function* (peer: Peer, failure: Failure) {
  const elsewhere = yield* Emulator.make({ port: 0 })
  const faults = failure.faults(`${elsewhere.baseUrl}/elsewhere`)
  const { apiKey, baseUrl, userId, ...server } = yield* Emulator.make({ port: 0, faults })
  const { id } = yield* server.create({ userId: failure.owner ?? userId })
  const says = yield* Effect.promise(() =>
    peer.delete({
      url: `${baseUrl}/v1/team/sessions/${encodeURIComponent(id)}?userId=${encodeURIComponent(userId)}`,
      headers: { "x-pd-api-key": apiKey },
      timeoutMillis,
      baseUrl,
      apiKey,
      userId,
      sessionId: id
    })
  )
  const { commits, requests } = yield* server.oracle
  const gone = commits.some(({ sessionId }) => sessionId === id)
  const leaked = (yield* elsewhere.requests).some(({ headers }) => "x-pd-api-key" in headers)
  return { peer, failure, says, gone, requests: requests.length, leaked } satisfies Trial
}, Effect.scoped)

type Verdict = "right" | "not known" | "wrong"

const judge = ({ gone, says }: Trial): Verdict =>
  says === "unknown" ? "not known" : gone === (says === "deleted") ? "right" : "wrong"

const sign: Record<Verdict, string> = { right: "✓", "not known": "?", wrong: "✗" }

const words: Record<Says, string> = { deleted: "deleted", "not-deleted": "not deleted", unknown: "not known" }

const describe = (trial: Trial): string => {
  const truth = judge(trial) === "right" ? "" : `; ${trial.gone ? "it is gone" : "it is there"}`
  const key = trial.leaked ? "; **key handed on**" : ""
  return `${sign[judge(trial)]} ${words[trial.says]}${truth}${key} (${trial.requests})`
}

const summarize = (peer: Peer, trials: ReadonlyArray<Trial>): ReadonlyArray<string | number> => {
  const own = trials.filter((trial) => trial.peer === peer)
  const count = (verdict: Verdict) => own.filter((trial) => judge(trial) === verdict).length
  const requests = own.reduce((sum, trial) => sum + trial.requests, 0)
  const leaked = own.some(({ leaked }) => leaked) ? "yes" : "no"
  return [peer.name, count("right"), count("not known"), count("wrong"), requests, leaked]
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const decodeVersion = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

const versionOf = (name: string): string => {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return `${name} ${decodeVersion(readFileSync(file, "utf8")).version}`
}

const report = (trials: ReadonlyArray<Trial>): string => {
  const summary = peers.map((peer) => summarize(peer, trials))
  const rows = failures.map((failure) => [
    failure.name,
    ...trials.filter((trial) => trial.failure === failure).map(describe)
  ])
  return [
    table(["client", "right", "says it is not known", "wrong", "requests", "key handed to another origin"], summary),
    "What each client said, and how many requests the API received for it. ✓ is true, ✗ is not, ? leaves it open.",
    table(["failure", ...peers.map(({ name }) => name)], rows),
    `Node ${process.versions.node}, ${peers.flatMap(({ packages }) => packages.map(versionOf)).join(", ")}.`
  ].join("\n\n")
}

const document = new URL("../../../docs/peers.md", import.meta.url)

const program = Effect.gen(function* () {
  // One failure after the other: a busy machine must not look like a slow server.
  const trials = yield* Effect.forEach(failures, (failure) =>
    Effect.forEach(peers, (peer) => attempt(peer, failure), { concurrency: "unbounded" })
  )
  const tables = report(trials.flat())
  const text = readFileSync(document, "utf8")
  writeFileSync(
    document,
    text.replace(/(?<=<!-- tables -->)[^]*(?=<!-- \/tables -->)/, () => `\n\n${tables}\n\n`)
  )
  console.log(tables)
})

await Effect.runPromise(program)
