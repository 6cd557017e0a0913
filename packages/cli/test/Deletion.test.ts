import {
  Plugin,
  PowerdrillConfig,
  RetryPolicy,
  type SessionsError,
  Transport,
  validate
} from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result, Schedule } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Deletion from "../src/Deletion.ts"
import type { Line } from "../src/Line.ts"
import { Output } from "../src/Output.ts"
import { Stop } from "../src/Stop.ts"

const requests = (...ids: ReadonlyArray<string>) =>
  ids.map((sessionId) => Result.getOrThrow(validate({ sessionId, userId: "tmm-1" })))

/** A run in simulated time against an API that is a function; a signal can be sent, and the lines are kept. */
const simulate = Effect.fnUntraced(function* (
  ids: ReadonlyArray<string>,
  api: (request: { readonly url: string }) => Effect.Effect<Response>,
  options: {
    readonly policy?: RetryPolicy.Policy
    readonly concurrency?: number
    readonly plugins?: ReadonlyArray<Plugin>
    readonly transport?: Transport.Transport
  } = {}
) {
  const requested = yield* Deferred.make<void>()
  const signalled = yield* Deferred.make<"SIGINT">()
  const lines: Array<Line> = []
  const notes: Array<string> = []
  const stop = Stop.of({
    request: Effect.asVoid(Deferred.succeed(requested, undefined)),
    isRequested: () => Deferred.isDoneUnsafe(requested),
    requested: Deferred.await(requested),
    signal: () => undefined,
    signalled: Deferred.await(signalled),
    calls: new Set(),
    leaving: { isMidLine: () => false, words: () => "" }
  })
  const output = Output.of({
    result: (line) => Effect.sync(() => lines.push(line)),
    text: () => Effect.void,
    raw: () => Effect.void,
    note: (text) => Effect.sync(() => notes.push(text)),
    question: () => Effect.void,
    progress: () => Effect.void,
    isLive: false,
    isColored: false,
    canAsk: false
  })
  const client = HttpClient.make((request) =>
    Effect.map(api(request), (response) => HttpClientResponse.fromWeb(request, response))
  )
  const config = Result.getOrThrow(
    PowerdrillConfig.make({ apiKey: "key", attemptTimeout: "1 hour", deadline: "1 hour" })
  )
  const fiber = yield* Deletion.run({
    requests: requests(...ids),
    policy: options.policy ?? RetryPolicy.none,
    ifExists: false,
    json: true,
    timesGiven: () => 1,
    plugins: options.plugins ?? [],
    concurrency: options.concurrency ?? 1
  }).pipe(
    Effect.provide(
      Deletion.layerOver(config).pipe(
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            options.transport === undefined ? client : Transport.attach(client, options.transport)
          )
        )
      )
    ),
    Effect.provideService(Stop, stop),
    Effect.provideService(Output, output),
    Effect.forkChild
  )
  yield* TestClock.adjust(0)
  return {
    lines,
    notes,
    fiber,
    signal: Effect.andThen(Deferred.succeed(signalled, "SIGINT"), Effect.andThen(stop.request, TestClock.adjust(0)))
  }
})

const rateLimitsEveryMinute: RetryPolicy.Policy = Schedule.spaced("1 minute").pipe(
  Schedule.setInputType<SessionsError>(),
  Schedule.while(({ input }) => input._tag === "RateLimited")
)

const endings = (lines: ReadonlyArray<Line>) =>
  lines.map(({ error, outcome, sessionId }) => `${sessionId} ${outcome}${error === null ? "" : ` ${error.tag}`}`)

const reply = (body: object) => Effect.sync(() => new Response(JSON.stringify(body)))

describe("Deletion", () => {
  it.effect("a refusal that a success has followed is not what a call ends with", () =>
    Effect.gen(function* () {
      let sent = 0
      const slow = Plugin.make({
        name: "slow",
        onAttempt: ({ attempt }) => (attempt === 2 ? Effect.sleep("3 seconds") : Effect.void)
      })
      const { fiber, lines, signal } = yield* simulate(["a"], () => reply({ code: sent++ === 0 ? 201 : 0 }), {
        policy: Schedule.spaced("1 second"),
        plugins: [slow]
      })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(sent, 2)
      yield* signal
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(endings(lines), ["a unknown Interrupted"])
    })
  )

  it.effect.each([
    ["by a client", {}],
    ["by a transport", { transport: () => Effect.void }]
  ] as const)("after a signal, a request under way has five seconds, and is unknown then: %s", ([, options]) =>
    Effect.gen(function* () {
      const { fiber, lines, notes, signal } = yield* simulate(["a", "b"], () => Effect.never, options)
      yield* signal
      assert.match(notes.join(), /Stopping: requests under way: 1\. They have 5 seconds/)
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(lines, [])
      yield* TestClock.adjust("1 millis")
      const tally = yield* Fiber.join(fiber)
      assert.deepStrictEqual(endings(lines), ["a unknown Interrupted", "b skipped"])
      assert.strictEqual(tally.exitCode("SIGINT"), 130)
      assert.strictEqual(String(tally), "0 deleted, 1 unknown, 1 skipped")
    })
  )

  it.effect("after a signal, a request under way may still end in time, and is not tried again", () =>
    Effect.gen(function* () {
      let sent = 0
      const { fiber, lines, signal } = yield* simulate(
        ["a"],
        () => {
          sent++
          return Effect.delay(reply({ code: 201 }), "2 seconds")
        },
        { policy: RetryPolicy.standard }
      )
      yield* signal
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(endings(lines), ["a not-deleted RateLimited"])
      assert.strictEqual(sent, 1)
    })
  )

  it.effect("after a signal, a wait between attempts ends at once with what is known", () =>
    Effect.gen(function* () {
      let sent = 0
      const { fiber, lines, signal } = yield* simulate(
        ["a"],
        () => {
          sent++
          return reply({ code: 201 })
        },
        { policy: Schedule.spaced("1 minute") }
      )
      yield* TestClock.adjust("90 seconds")
      assert.strictEqual(sent, 2)
      yield* signal
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(endings(lines), ["a not-deleted RateLimited"])
      assert.strictEqual(sent, 2)
    })
  )

  it.effect("after a refused key, waits end and the rest is skipped, but requests under way are heard out", () =>
    Effect.gen(function* () {
      const { fiber, lines } = yield* simulate(
        ["waits", "slow", "refused", "rest"],
        ({ url }) => {
          if (url.includes("waits")) return reply({ code: 201 })
          if (url.includes("slow")) return Effect.delay(reply({ code: 0 }), "30 seconds")
          return Effect.delay(reply({ code: 1004 }), "1 second")
        },
        { policy: rateLimitsEveryMinute, concurrency: 3 }
      )
      yield* TestClock.adjust("1 minute")
      const tally = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        new Set(endings(lines)),
        new Set(["refused not-deleted Unauthorized", "waits not-deleted RateLimited", "rest skipped", "slow deleted"])
      )
      assert.strictEqual(tally.exitCode(undefined), 4)
    })
  )
})
