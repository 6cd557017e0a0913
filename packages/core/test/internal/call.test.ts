/**
 * What a call does around its attempts: turns, retries that are paid for, a refused key, reading afterwards, stopping.
 */
import {
  BudgetExhausted,
  InvalidOperation,
  Plugin,
  PowerdrillConfig,
  RateBudget,
  RetryPolicy,
  SessionNotFound,
  Sessions
} from "@powerdrill-sessions/core"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Layer, Logger, References, Schedule, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { recorder } from "../support/recorder.ts"
import { canary, ensure, overScript, remove, requestCount, requests } from "../support/sessions.ts"

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

/** Over a script, within a budget that is made by hand. */
const overBudget = (
  script: Iterable<ScriptedAnswer>,
  budget: Partial<RateBudget["Service"]>,
  options: Partial<PowerdrillConfig.Options> = {}
) =>
  Sessions.layer.pipe(
    Layer.provide(Layer.succeed(RateBudget, { ...RateBudget.unlimited, ...budget })),
    Layer.provide(PowerdrillConfig.layer({ apiKey: canary, ...options })),
    Layer.provideMerge(ScriptedHttpClient.layer(script))
  )

/** Gives so many turns, and then none for two seconds. */
const turns = (count: number) => {
  let left = count
  return { take: () => (left-- > 0 ? Effect.void : Effect.fail(new BudgetExhausted({ wait: Duration.seconds(2) }))) }
}

/** The failure of a call in simulated time. */
const failure = Effect.fnUntraced(function* (call: ReturnType<typeof remove>) {
  const fiber = yield* Effect.forkChild(Effect.flip(call))
  yield* TestClock.adjust("1 hour")
  return yield* Fiber.join(fiber)
})

describe("verify", () => {
  const cases: ReadonlyArray<
    readonly [
      what: string,
      verify: "never" | "doubtful" | "always",
      script: ReadonlyArray<ScriptedAnswer>,
      ending: string
    ]
  > = [
    ["an internal error, then absent", "doubtful", [internal, notFound], "absent-after-unknown verified"],
    ["an internal error, then present", "doubtful", [internal, present], "Internal not-deleted"],
    ["a lost connection, then absent", "doubtful", [reset, notFound], "absent-after-unknown verified"],
    ["a lost connection, then present, may still arrive", "doubtful", [reset, present], "OutcomeUnknown unknown"],
    ["silence, then present, may still arrive", "doubtful", [silence, present], "OutcomeUnknown unknown"],
    [
      "a gateway's error, then present, may still arrive",
      "doubtful",
      [respond("", { status: 504 }), present],
      "OutcomeUnknown unknown"
    ],
    [
      "code 0 under HTTP 500, then present",
      "doubtful",
      [respond({ code: 0 }, { status: 500 }), present],
      "OutcomeUnknown not-deleted"
    ],
    ["an internal error, then no clear answer", "doubtful", [internal, internal], "Internal unknown"],
    ["an internal error, then no answer", "doubtful", [internal, reset], "Internal unknown"],
    [
      "an internal error, then another session",
      "doubtful",
      [internal, respond({ code: 0, data: { id: "other" } })],
      "Internal unknown"
    ],
    [
      "an internal error, then a present one under HTTP 500",
      "doubtful",
      [internal, respond({ code: 0, data: { id: "04b6" } }, { status: 500 })],
      "Internal unknown"
    ],
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

  it.effect("a session that is still there keeps what else is known of the failure", () =>
    Effect.gen(function* () {
      const error = yield* failure(once(remove("04b6")))
      assert.deepInclude(
        { ...error },
        {
          _tag: "Internal",
          sessionId: "04b6",
          outcome: "not-deleted",
          attempts: 1,
          code: 9999,
          httpStatus: 500,
          msg: "why",
          traceId: "delete-1"
        }
      )
    }).pipe(
      Effect.provide(
        overScript(
          [respond({ code: 9999, msg: "why" }, { status: 500, headers: { "x-pd-trace-id": "delete-1" } }), present],
          { verify: "doubtful" }
        )
      )
    )
  )

  it.effect("a success that is contradicted counts its attempts", () =>
    Effect.gen(function* () {
      const error = yield* failure(remove("04b6"))
      assert.deepInclude({ ...error }, { _tag: "OutcomeUnknown", reason: "contradiction", attempts: 2 })
    }).pipe(Effect.provide(overScript([internal, deleted, present], { verify: "always" })))
  )

  it.effect("a receipt has the trace id of the delete, and reading is no attempt", () =>
    Effect.gen(function* () {
      const receipt = yield* remove("04b6")
      assert.deepInclude({ ...receipt }, { traceId: "delete-1", attempts: 1, verified: true })
    }).pipe(
      Effect.provide(
        overScript([respond({ code: 0 }, { headers: { "x-pd-trace-id": "delete-1" } }), notFound], { verify: "always" })
      )
    )
  )

  it.effect("where there is no turn for reading, nothing is read, and the ending stays", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(once(remove("04b6"))), "Internal unknown")
      assert.deepStrictEqual(yield* methods, ["DELETE"])
    }).pipe(Effect.provide(overBudget([internal, notFound], turns(1), { verify: "doubtful" })))
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

describe("B14 a call after one that ended unknown", () => {
  const deleteAfter = (sessionId = "04b6") =>
    Sessions.use((sessions) => sessions.delete({ sessionId, userId: "tmm-1=", afterUnknown: true }))
  const ensureAfter = Sessions.use((sessions) =>
    sessions.ensureDeleted({ sessionId: "04b6", userId: "tmm-1=", afterUnknown: true })
  )
  const under = (plugin: Plugin) =>
    deleteAfter().pipe(Plugin.with(plugin), Effect.catchTag("DuplicatePlugin", Effect.die))
  const cases: ReadonlyArray<readonly [what: string, script: ReadonlyArray<ScriptedAnswer>, ending: string]> = [
    ["deleted", [deleted], "deleted"],
    ["not found", [notFound], "absent-after-unknown"],
    ["refused", [respond({ code: 100 })], "BadRequest unknown"],
    ["refused for the rate", [respond({ code: 201 })], "RateLimited unknown"],
    ["refused for the key", [respond({ code: 1004 })], "Unauthorized unknown"],
    ["not sent", [refused], "Unreachable unknown"],
    ["internal error", [internal], "Internal unknown"],
    ["a foreign 404", [respond("not here", { status: 404 })], "UnexpectedResponse unknown"]
  ]
  for (const [what, script, expected] of cases) {
    it.effect(`${what}: ${expected}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* ending(once(deleteAfter())), expected)
      }).pipe(Effect.provide(overScript(script)))
    )
  }

  it.effect("ensureDeleted does not call it already absent, either", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(ensureAfter), "absent-after-unknown")
    }).pipe(Effect.provide(overScript([notFound])))
  )

  it.effect("a session that is still there stays unknown: the earlier delete may be on its way", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(once(deleteAfter())), "Internal unknown")
      assert.deepStrictEqual(yield* methods, ["DELETE", "GET"])
    }).pipe(Effect.provide(overScript([internal, present], { verify: "doubtful" })))
  )

  it.effect(
    "what fails before anything is sent leaves it unknown: a rule, a guard, a wrapper, the budget, the key",
    () =>
      Effect.gen(function* () {
        const traced = Sessions.use((sessions) =>
          sessions.delete({ sessionId: "04b6", userId: "tmm-1=", externalTraceId: "é", afterUnknown: true })
        )
        assert.strictEqual(yield* ending(traced), "InvalidRequest unknown")
        const seen: Array<Plugin.Call> = []
        const guard = Plugin.make({
          name: "no",
          before: (call) =>
            Effect.andThen(
              Effect.sync(() => seen.push(call)),
              Plugin.veto("no")
            )
        })
        assert.strictEqual(yield* ending(under(guard)), "Vetoed unknown")
        assert.deepInclude(seen[0], { afterUnknown: true })
        const claims = new SessionNotFound({ sessionId: "04b6", outcome: "not-deleted", attempts: 0 })
        const wrapper = Plugin.make({ name: "claims", around: () => Effect.fail(claims) })
        assert.strictEqual(yield* ending(under(wrapper)), "Vetoed unknown")
        assert.strictEqual(yield* ending(deleteAfter()), "RateLimited unknown")
        assert.strictEqual(yield* requestCount, 0)
      }).pipe(Effect.provide(overBudget([], turns(0))))
  )

  it.effect("a call without it tells plugins nothing of it", () =>
    Effect.gen(function* () {
      const seen: Array<Plugin.Call> = []
      const look = Plugin.make({ name: "look", before: (call) => Effect.sync(() => seen.push(call)) })
      const call = Sessions.use((sessions) => sessions.delete({ sessionId: "a", userId: "u", afterUnknown: false }))
      yield* Plugin.with(look)(call)
      assert.deepStrictEqual(seen, [{ method: "delete", sessionId: "a", userId: "u" }] as unknown)
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("layerTest answers as a client would", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(deleteAfter("gone")), "deleted")
      assert.strictEqual(yield* ending(deleteAfter("missing")), "absent-after-unknown")
      assert.strictEqual(yield* ending(deleteAfter("refused")), "InvalidOperation unknown")
      const guard = Plugin.make({ name: "no", before: () => Plugin.veto("no") })
      assert.strictEqual(yield* ending(under(guard)), "Vetoed unknown")
    }).pipe(
      Effect.provide(
        Sessions.layerTest(({ sessionId }) => {
          const about = { sessionId, outcome: "not-deleted", attempts: 1 } as const
          if (sessionId === "missing") return new SessionNotFound(about)
          return sessionId === "refused" ? new InvalidOperation(about) : Effect.succeed("deleted")
        })
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

  it.effect("it is fresh for five seconds, and again when it is refused again", () =>
    Effect.gen(function* () {
      yield* Effect.flip(remove("a"))
      yield* TestClock.adjust("4999 millis")
      yield* Effect.flip(remove("b"))
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("1 millis")
      yield* Effect.flip(remove("c"))
      assert.strictEqual(yield* requestCount, 2)
      yield* Effect.flip(remove("d"))
      assert.strictEqual(yield* requestCount, 2)
    }).pipe(Effect.provide(overScript([respond({ code: 1002 }), respond({ code: 1002 })])))
  )

  it.effect("is forgotten after a success: calls are not let through one by one", () =>
    Effect.gen(function* () {
      yield* Effect.flip(remove("a"))
      yield* TestClock.adjust("5 seconds")
      yield* remove("b")
      const calls = yield* Effect.forEach(["c", "d"], (id) => Effect.forkChild(remove(id)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* requestCount, 4)
      yield* Fiber.interruptAll(calls)
    }).pipe(Effect.provide(overScript([respond({ code: 1004 }), deleted, silence, silence])))
  )

  it.effect("a call that was in doubt when another's key was refused stays in doubt", () =>
    Effect.gen(function* () {
      const doubtful = yield* Effect.forkChild(Effect.flip(remove("a")))
      yield* TestClock.adjust(0)
      yield* Effect.flip(remove("b"))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(doubtful)
      assert.deepInclude({ ...error }, { _tag: "Unauthorized", outcome: "unknown", attempts: 1 })
      assert.strictEqual(yield* requestCount, 2)
    }).pipe(Effect.provide(overScript([reset, respond({ code: 1004 })])))
  )

  it.effect("a session that is forbidden says nothing about the key", () =>
    Effect.gen(function* () {
      yield* Effect.flip(remove("a"))
      assert.strictEqual((yield* remove("b")).disposition, "deleted")
    }).pipe(Effect.provide(overScript([respond({ code: 300002 }), deleted])))
  )
})

describe("the budget", () => {
  it.effect("that has no turn for another attempt leaves the session unknown, and says how long to wait", () =>
    Effect.gen(function* () {
      const call = Sessions.use((sessions) =>
        sessions.delete({ sessionId: "04b6", userId: "u", externalTraceId: "mine" })
      )
      const error = yield* failure(RetryPolicy.withPolicy(call, Schedule.recurs(1)))
      assert.deepInclude(
        { ...error },
        { _tag: "RateLimited", limitedBy: "budget", outcome: "unknown", attempts: 1, externalTraceId: "mine" }
      )
      assert.deepInclude({ ...error }, { retryAfter: Duration.seconds(2) })
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overBudget([reset], turns(1))))
  )

  it.effect("is told how every attempt was taken, and asked with the time that is left", () => {
    const told: Array<unknown> = []
    const asked: Array<number> = []
    const report: RateBudget["Service"]["report"] = ({ refused, retryAfter }) =>
      Effect.sync(() => told.push([refused, retryAfter === undefined ? undefined : Duration.toMillis(retryAfter)]))
    const take: RateBudget["Service"]["take"] = (within) => Effect.sync(() => asked.push(Duration.toMillis(within)))
    const script = [
      respond({ code: 201 }, { headers: { "retry-after": "3" } }),
      respond({ code: 9999 }, { headers: { "retry-after": "1" } }),
      reset,
      deleted
    ]
    return Effect.gen(function* () {
      const call = RetryPolicy.withPolicy(remove("04b6"), Schedule.spaced("4 seconds"))
      assert.strictEqual(yield* ending(call), "deleted")
      assert.deepStrictEqual(told, [
        [true, 3_000],
        [false, 1_000],
        [false, undefined],
        [false, undefined]
      ])
      assert.deepStrictEqual(asked, [60_000, 56_000, 52_000, 48_000])
    }).pipe(Effect.provide(overBudget(script, { report, take })))
  })
})

describe("B18 a budget that takes longer than it was given", () => {
  it.effect("has nothing sent", () => {
    const asked: Array<number> = []
    const take: RateBudget["Service"]["take"] = (within) => {
      asked.push(Duration.toMillis(within))
      return Effect.sleep("61 seconds")
    }
    return Effect.gen(function* () {
      assert.strictEqual(yield* ending(remove("04b6")), "RateLimited not-deleted")
      assert.deepStrictEqual(asked, [60_000])
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(overBudget([], { take })))
  })
})

describe("a refused key, when many wait", () => {
  it.effect("is not tried by those that were waiting for their turn", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 20 }, (_, index) => `session-${index}`),
          (id) => Effect.flip(remove(id)),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 minute")
      const errors = yield* Fiber.join(fiber)
      assert.deepStrictEqual(new Set(errors.map(({ _tag }) => _tag)), new Set(["Unauthorized"]))
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([respond({ code: 1004 }, { status: 403 })], { requestsPerSecond: 20 })))
  )

  it.effect("is not tried to read what is in doubt", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ending(remove("04b6")), "Unauthorized unknown")
      assert.deepStrictEqual(yield* methods, ["DELETE", "DELETE"])
    }).pipe(Effect.provide(overScript([internal, respond({ code: 1004 })], { verify: "doubtful" })))
  )
})

describe("retries are paid for", () => {
  /** A thousand calls, whatever becomes of them. */
  const storm = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(
      Effect.forEach(
        Array.from({ length: 1_000 }, (_, index) => `session-${index}`),
        (id) => Effect.result(remove(id)),
        { concurrency: 32, discard: true }
      )
    )
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
  })

  it.effect("B19 in a storm, attempts stay at or below 1.1 times the calls", () =>
    Effect.gen(function* () {
      yield* storm
      const attempts = yield* requestCount
      assert.isAtMost(attempts, 1_100)
      assert.isAtLeast(attempts, 1_000)
    }).pipe(Effect.provide(overScript(Array.from({ length: 4_000 }, () => internal))))
  )

  it.effect("failures that are not tried again cost nothing", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 120; i++) yield* ending(remove("04b6"))
      assert.strictEqual(yield* ending(remove("04b6")), "deleted")
    }).pipe(
      Effect.provide(overScript([...Array.from({ length: 120 }, () => respond({ code: 100 })), internal, deleted]))
    )
  )

  it.effect("B19 reading is paid for like a retry: a server that fails is not asked twice as much", () =>
    Effect.gen(function* () {
      yield* storm
      assert.isAtMost(yield* requestCount, 1_100)
    }).pipe(
      Effect.provide(
        overScript(
          Array.from({ length: 4_000 }, () => internal),
          { verify: "doubtful" }
        )
      )
    )
  )

  it.effect("calls that are stopped before their retry get back what they paid", () =>
    Effect.gen(function* () {
      for (let call = 0; call < 150; call++) {
        const fiber = yield* Effect.forkChild(remove("04b6"))
        yield* TestClock.adjust(0)
        yield* Fiber.interrupt(fiber)
      }
      const fiber = yield* Effect.forkChild(remove("04b6"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).disposition, "deleted")
    }).pipe(Effect.provide(overScript([...Array.from({ length: 151 }, () => internal), deleted])))
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
    }).pipe(
      Effect.provide(
        overScript(
          Array.from({ length: 10 }, () => internal),
          { deadline: "1 minute" }
        )
      )
    )
  )

  for (const [deadline, attempts] of [
    [1_000, 1],
    [1_001, 2]
  ] as const) {
    it.effect(
      `B18 with ${deadline} ms for the call and 1,000 ms before the second attempt, ${attempts} can begin`,
      () =>
        Effect.gen(function* () {
          const [took] = yield* Effect.timed(
            Effect.raceFirst(
              Effect.result(RetryPolicy.withPolicy(remove("04b6"), Schedule.spaced("1 second"))),
              Effect.forever(TestClock.adjust("1 millis"))
            )
          )
          assert.strictEqual(yield* requestCount, attempts)
          assert.strictEqual(Duration.toMillis(took), (attempts - 1) * 1_000)
        }).pipe(
          Effect.provide(
            overScript(
              Array.from({ length: 2 }, () => internal),
              { deadline }
            )
          )
        )
    )
  }
})

describe("the caller's trace", () => {
  it.effect("B03 an empty one is sent as it is", () =>
    Effect.gen(function* () {
      yield* Sessions.use((sessions) => sessions.delete({ sessionId: "a", userId: "u", externalTraceId: "" }))
      assert.strictEqual((yield* requests)[0]?.headers["x-pd-external-trace-id"], "")
    }).pipe(Effect.provide(overScript([deleted])))
  )

  const sent = (traceId: string, externalTraceId?: string) =>
    Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "u", externalTraceId })).pipe(
      Effect.andThen(requests),
      Effect.map(([request]) => request?.headers["x-pd-external-trace-id"]),
      Effect.withParentSpan(Tracer.externalSpan({ spanId: "span-1", traceId })),
      Effect.provide(overScript([deleted], { sendTraceId: true }))
    )

  it.effect("B03 gives its id where the call has none of its own", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* sent("caller-1"), "caller-1")
      assert.strictEqual(yield* sent("caller-1", "mine"), "mine")
      assert.strictEqual(yield* sent("caller-1", ""), "")
    })
  )

  it.effect("B03 is in the receipt, also where there was nothing to delete", () =>
    Effect.gen(function* () {
      const receipt = yield* Effect.withParentSpan(
        ensure("04b6"),
        Tracer.externalSpan({ spanId: "span-1", traceId: "caller-1" })
      )
      assert.deepInclude({ ...receipt }, { disposition: "already-absent", externalTraceId: "caller-1" })
    }).pipe(Effect.provide(overScript([notFound], { sendTraceId: true })))
  )

  it.effect("B03 an id that cannot travel in a header is not sent", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* sent("é"))
      assert.isUndefined(yield* sent("x".repeat(129)))
    })
  )

  it.effect("B03 nothing is sent where nobody traces", () =>
    Effect.gen(function* () {
      yield* remove("04b6")
      assert.notProperty((yield* requests)[0]?.headers, "x-pd-external-trace-id")
    }).pipe(Effect.provide(overScript([deleted], { sendTraceId: true })))
  )

  it.effect("B10 each attempt and the reading have spans, with what is known of the attempt", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recorder()
      yield* Effect.withTracer(ending(remove("04b6")), tracer)
      assert.deepStrictEqual(
        spans.map(({ kind, name }) => [name, kind]),
        [
          ["Sessions.delete", "internal"],
          ["Sessions.attempt", "client"],
          ["Sessions.attempt", "client"],
          ["Sessions.verify", "client"]
        ]
      )
      const [outer, ...inner] = spans
      for (const { parent } of inner) {
        assert.strictEqual(parent._tag === "Some" ? parent.value.spanId : undefined, outer?.spanId)
      }
      const http = {
        "http.request.method": "DELETE",
        "server.address": "ai.data.cloud",
        "server.port": 443,
        "url.scheme": "https",
        "url.template": "/v1/team/sessions/{sessionId}"
      }
      assert.deepStrictEqual(Object.fromEntries(spans[1]?.attributes ?? []), {
        ...http,
        "powerdrill.session_id": "04b6",
        "powerdrill.attempt": 1,
        "powerdrill.outcome": "unknown",
        "error.type": "Internal",
        "powerdrill.code": 9999,
        "http.response.status_code": 500,
        "powerdrill.trace_id": "delete-1"
      })
      assert.deepStrictEqual(Object.fromEntries(spans[2]?.attributes ?? []), {
        ...http,
        "http.request.resend_count": 1,
        "powerdrill.session_id": "04b6",
        "powerdrill.attempt": 2,
        "powerdrill.outcome": "deleted",
        "http.response.status_code": 200,
        "powerdrill.trace_id": "delete-2"
      })
      assert.deepStrictEqual(Object.fromEntries(spans[3]?.attributes ?? []), {
        ...http,
        "http.request.method": "GET",
        "http.response.status_code": 200
      })
    }).pipe(
      Effect.provide(
        overScript(
          [
            respond({ code: 9999 }, { status: 500, headers: { "x-pd-trace-id": "delete-1" } }),
            respond({ code: 0 }, { headers: { "x-pd-trace-id": "delete-2" } }),
            notFound
          ],
          { verify: "always" }
        )
      )
    )
  )

  it.effect("B27 spans show no user id that the API has put into its text; the caller's error keeps it", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recorder()
      const error = yield* Effect.flip(remove("04b6", "tmm-secret")).pipe(Effect.withTracer(tracer))
      assert.include(error.message, "no user tmm-secret")
      const shown = spans.map(({ attributes, status }) => [
        attributes.get("error.type"),
        status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
      ])
      assert.deepStrictEqual(
        shown.map(([type]) => type),
        ["BadRequest", "BadRequest"]
      )
      for (const [, text] of shown) {
        assert.include(text, "no user <redacted>")
        assert.notInclude(text, "tmm-secret")
      }
    }).pipe(Effect.provide(overScript([respond({ code: 100, msg: "no user tmm-secret" })])))
  )

  it.effect("a call that sends nothing has a span that says why", () =>
    Effect.gen(function* () {
      const types: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          types.push(() => span.attributes.get("error.type"))
          return span
        }
      })
      const refusing = Plugin.make({ name: "refusing", before: () => Plugin.veto("not tmm-secret") })
      yield* Effect.flip(remove("04b6").pipe(Plugin.with(refusing), Effect.withTracer(tracer)))
      assert.deepStrictEqual(
        types.map((type) => typeof type === "function" && type()),
        ["Vetoed"]
      )
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B10 a failure without an answer leaves no attributes of one", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ logLevel, message }) => {
        lines.push([logLevel, message])
      })
      yield* once(Effect.result(remove("04b6"))).pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "All")
      )
      const facts = {
        "powerdrill.session_id": "04b6",
        "powerdrill.attempt": 1,
        "powerdrill.outcome": "not-deleted",
        "error.type": "Unreachable"
      }
      assert.deepStrictEqual(lines, [["Debug", ["Powerdrill answered a delete", facts]]])
    }).pipe(Effect.provide(overScript([refused])))
  )

  it.effect("is continued where the program has a span and no tracer of its own", () =>
    Effect.gen(function* () {
      const span = yield* Effect.currentSpan
      const names: Array<string> = []
      const layer = Sessions.layerTest(() =>
        Effect.map(Effect.orDie(Effect.currentSpan), ({ name, parent }) => {
          names.push(name, parent._tag === "Some" ? parent.value.spanId : "none")
          return "deleted"
        })
      )
      yield* Effect.provide(remove("04b6"), layer)
      assert.deepStrictEqual(names, ["Sessions.delete", span.spanId])
    }).pipe(Effect.withSpan("caller"))
  )
})
