/**
 * What a call does around its attempts: turns, retries that are paid for, a refused key, reading afterwards, stopping.
 */
import { RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { ensure, overScript, remove, requestCount, requests } from "../support/sessions.ts"

const { refused, reset, respond, silence } = ScriptedHttpClient
const deleted = respond({ code: 0, data: null })
const internal = respond({ code: 9999 })
const notFound = respond({ code: 300003, msg: "session not found" }, { headers: { "x-pd-trace-id": "read-1" } })
const present = respond({ code: 0, data: { id: "04b6", title: "Still here" } })

/** How a call ends in simulated time, in short. */
const ending = Effect.fnUntraced(function* (call: ReturnType<typeof remove>) {
  const fiber = yield* Effect.forkChild(Effect.result(call))
  yield* TestClock.adjust("1 hour")
  const result = yield* Fiber.join(fiber)
  return result._tag === "Success"
    ? `${result.success.disposition}${result.success.verified ? " verified" : ""}`
    : `${result.failure._tag} ${result.failure.outcome}`
})

const once = RetryPolicy.withPolicy(RetryPolicy.none)
const methods = Effect.map(requests, (all) => all.map(({ method }) => method))

describe("verify", () => {
  const cases: ReadonlyArray<
    readonly [what: string, verify: "never" | "doubtful" | "always", script: ReadonlyArray<ScriptedAnswer>, ending: string]
  > = [
    ["an internal error, then absent", "doubtful", [internal, notFound], "absent-after-unknown verified"],
    ["an internal error, then present", "doubtful", [internal, present], "Internal not-deleted"],
    ["a lost connection, then absent", "doubtful", [reset, notFound], "absent-after-unknown verified"],
    ["a lost connection, then present, may still arrive", "doubtful", [reset, present], "OutcomeUnknown unknown"],
    ["silence, then present, may still arrive", "doubtful", [silence, present], "OutcomeUnknown unknown"],
    ["a gateway's error, then present, may still arrive", "doubtful", [respond("", { status: 504 }), present], "OutcomeUnknown unknown"],
    ["code 0 under HTTP 500, then present", "doubtful", [respond({ code: 0 }, { status: 500 }), present], "OutcomeUnknown not-deleted"],
    ["an internal error, then no clear answer", "doubtful", [internal, internal], "Internal unknown"],
    ["an internal error, then no answer", "doubtful", [internal, reset], "Internal unknown"],
    ["an internal error, then another session", "doubtful", [internal, respond({ code: 0, data: { id: "other" } })], "Internal unknown"],
    ["an internal error, then a present one under HTTP 500", "doubtful", [internal, respond({ code: 0, data: { id: "04b6" } }, { status: 500 })], "Internal unknown"],
    ["an internal error, then a refused connection", "doubtful", [internal, refused], "Internal unknown"],
    ["a success, then absent", "always", [deleted, notFound], "deleted verified"],
    ["a success, then no clear answer", "always", [deleted, internal], "deleted"],
    ["a success, then present", "always", [deleted, present], "OutcomeUnknown unknown"],
    ["an internal error, then absent", "always", [internal, notFound], "absent-after-unknown verified"]
  ]
  for (const [what, verify, script, expected] of cases) {
    it.effect(`${verify}: ${what} is ${expected}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* ending(once(remove("04b6"))), expected)
        assert.deepStrictEqual(yield* methods, ["DELETE", "GET"])
        const [, read] = yield* requests
        assert.strictEqual(read?.url, "https://ai.data.cloud/api/v1/team/sessions/04b6?userId=tmm-1%3D")
      }).pipe(Effect.provide(overScript(script, { verify })))
    )
  }

  for (const [verify, script] of [
    ["never", internal],
    ["doubtful", deleted],
    ["doubtful", notFound],
    ["always", notFound],
    ["doubtful", respond({ code: 100 })]
  ] as const) {
    it.effect(`${verify}: nothing is read where there is nothing to learn`, () =>
      Effect.gen(function* () {
        yield* ending(once(remove("04b6")))
        assert.deepStrictEqual(yield* methods, ["DELETE"])
      }).pipe(Effect.provide(overScript([script], { verify })))
    )
  }

  it.effect("an earlier attempt that may still be on its way keeps a present session unknown", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(remove("04b6")), "InvalidOperation unknown")
      assert.deepStrictEqual(yield* methods, ["DELETE", "DELETE", "GET"])
    }).pipe(Effect.provide(overScript([reset, respond({ code: 100001 }), present], { verify: "doubtful" })))
  )

  it.effect("an invalid operation after an unknown is answered by reading", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(ensure("04b6")), "absent-after-unknown verified")
    }).pipe(Effect.provide(overScript([internal, respond({ code: 100001 }), notFound], { verify: "doubtful" })))
  )

  it.effect("B18 reading takes its turn and its time from the call's", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.timed(Effect.result(once(remove("04b6")))))
      yield* TestClock.adjust("1 hour")
      const [took] = yield* Fiber.join(fiber)
      assert.isAtMost(Duration.toMillis(took), 15_000)
    }).pipe(
      Effect.provide(
        overScript([silence, silence], { verify: "doubtful", attemptTimeout: "10 seconds", deadline: "15 seconds" })
      )
    )
  )
})

describe("a refused key", () => {
  it.effect("is Unauthorized", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(remove("a")), "Unauthorized not-deleted")
    }).pipe(Effect.provide(overScript([respond({ code: 1004 }, { status: 403 })])))
  )

  it.effect("nothing is sent while it is fresh, and the calls say so", () =>
    Effect.gen(function* () {
      yield* Effect.flip(remove("a"))
      const error = yield* Effect.flip(remove("b"))
      assert.deepInclude({ ...error }, { _tag: "Unauthorized", outcome: "not-deleted", attempts: 0, sessionId: "b" })
      assert.include(error.message, "nothing was sent")
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* remove("c")).disposition, "deleted")
      assert.strictEqual((yield* remove("d")).disposition, "deleted")
    }).pipe(Effect.provide(overScript([respond({ code: 1004 }, { status: 403 }), deleted, deleted])))
  )

  it.effect("a session that is forbidden says nothing about the key", () =>
    Effect.gen(function* () {
      yield* Effect.flip(remove("a"))
      assert.strictEqual((yield* remove("b")).disposition, "deleted")
    }).pipe(Effect.provide(overScript([respond({ code: 300002 }), deleted])))
  )
})

describe("retries are paid for", () => {
  it.effect("B19 in a storm, attempts stay at or below 1.1 times the calls", () =>
    Effect.gen(function* () {
      const calls = 1_000
      const fiber = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: calls }, (_, index) => `session-${index}`),
          (id) => Effect.result(remove(id)),
          { concurrency: 32, discard: true }
        )
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      const attempts = yield* requestCount
      assert.isAtMost(attempts, 1.1 * calls)
      assert.isAtLeast(attempts, calls)
    }).pipe(Effect.provide(overScript(Array.from({ length: 4_000 }, () => internal))))
  )

  it.effect("calls that succeed pay for retries again", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 300 }), () => remove("04b6"), { discard: true })
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* requestCount, 600)
    }).pipe(Effect.provide(overScript(Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? internal : deleted)))))
  )
})

describe("B15 interruption", () => {
  const stoppedAt: ReadonlyArray<
    readonly [where: string, script: ReadonlyArray<ScriptedAnswer>, sent: number, requestsPerSecond: number]
  > = [
    ["sending", [silence], 1, Infinity],
    ["backing off", [respond({ code: 201 }, { headers: { "retry-after": "60" } }), deleted], 1, Infinity],
    ["waiting for its turn", [silence, deleted], 1, 0.1]
  ]
  for (const [where, script, sent, requestsPerSecond] of stoppedAt) {
    it.effect(`while ${where}: stops at once, and nothing is sent later`, () =>
      Effect.gen(function* () {
        const calls = yield* Effect.forEach(["a", "b"].slice(0, requestsPerSecond === Infinity ? 1 : 2), (id) =>
          Effect.forkChild(remove(id))
        )
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(yield* requestCount, sent)
        // No time passes until it has stopped.
        yield* Fiber.interruptAll(calls)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* requestCount, sent)
      }).pipe(Effect.provide(overScript(script, { requestsPerSecond, attemptTimeout: "1 hour", deadline: "1 hour" })))
    )
  }
})

describe("any schedule is a policy", () => {
  it.effect("one that never gives up ends with the deadline", () =>
    Effect.gen(function* () {
      const call = Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "u" })).pipe(
        RetryPolicy.withPolicy(Schedule.spaced("10 seconds"))
      )
      assert.strictEqual(yield* ending(call), "Internal unknown")
      assert.strictEqual(yield* requestCount, 6)
    }).pipe(Effect.provide(overScript(Array.from({ length: 10 }, () => internal), { deadline: "1 minute" })))
  )
})
