// The program that is killed: it opens a plan and purges it by the ledger beside it, with the library alone. Its argument is
// a `Setup` in JSON; where that names a boundary, it kills itself there.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { Ledger, LedgerFile, Plan, Purge } from "@powerdrill-sessions/purge"
import { Effect, Layer, Schedule, Schema, Stream } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { killAtBoundaries } from "./killAt.ts"
import { Setup, type Told } from "./Setup.ts"

const setup = Schema.decodeSync(Schema.fromJsonString(Setup))(process.argv[2] ?? "")
const boundary = await killAtBoundaries(setup.killed)

const tell = (told: Told) => Effect.sync(() => console.log(JSON.stringify(told)))

const config = PowerdrillConfig.layer({
  apiKey: setup.apiKey,
  baseUrl: setup.baseUrl,
  verify: setup.verify,
  requestsPerSecond: setup.requestsPerSecond,
  attemptTimeout: setup.attemptTimeout
})

// Loaded only where it is used: the program is started hundreds of times.
const budget = setup.redis === undefined ? Layer.empty : (await import("./redisBudget.ts")).layer(setup.redis)

const http = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) =>
    HttpClient.transform(client, (response, request) =>
      Effect.onExit(response, () => boundary("answered", decodeURIComponent(request.url)))
    )
  )
).pipe(Layer.provide(FetchHttpClient.layer))

const ledgerOf = (plan: Plan.Plan) =>
  Layer.effect(
    Ledger,
    Effect.map(Ledger, (ledger) => ({
      ...ledger,
      append: Effect.fnUntraced(function* (entry) {
        const about = entry.kind === "intent" || entry.kind === "outcome" ? entry : undefined
        if (about !== undefined) yield* boundary(`before-${about.kind}`, about.sessionId)
        yield* ledger.append(entry)
        if (about !== undefined) yield* boundary(`after-${about.kind}`, about.sessionId)
      }),
      pending: Effect.fnUntraced(function* (after, limit) {
        if (after > 0) yield* boundary("between-batches", "")
        return yield* ledger.pending(after, limit)
      })
    }))
  ).pipe(Layer.provide(LedgerFile.layer(plan, "a program that is killed")))

const program = Effect.gen(function* () {
  const plan = yield* Plan.open(setup.plan, { baseUrl: setup.baseUrl })
  yield* tell({ told: "opened" })
  yield* Purge.run(plan, {
    concurrency: setup.concurrency,
    absentIsDeleted: setup.absentIsDeleted,
    stopAfterFailures: Infinity
  }).pipe(
    Stream.runForEach((event) => {
      switch (event._tag) {
        case "Settled":
          return tell({ told: "settled", sessionId: event.sessionId })
        case "Ended":
          return tell({ told: "ended", reason: event.reason })
        default:
          return Effect.void
      }
    }),
    RetryPolicy.withPolicy(Schedule.recurs(setup.retries)),
    Effect.provide(ledgerOf(plan))
  )
}).pipe(
  Effect.provide([NodeFileSystem.layer, Sessions.layer.pipe(Layer.provide([http, Layer.provideMerge(budget, config)]))])
)

await Effect.runPromise(program)
