/**
 * What plugins can do, and what they cannot.
 */
import {
  BudgetExhausted,
  OutcomeUnknown,
  Plugin,
  PowerdrillConfig,
  RateBudget,
  Receipt,
  RetryPolicy,
  Sessions,
  SessionNotFound,
  type SessionsError,
  Vetoed
} from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  References,
  Schedule,
  Schema,
  Tracer
} from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { canary, ensure, overFetch, overScript, remove, requestCount, requests } from "./support/sessions.ts"

const { reset, respond, silence } = ScriptedHttpClient
const deleted = respond({ code: 0 }, { headers: { "x-pd-trace-id": "trace-1" } })
const limited = respond({ code: 201 })
const internal = respond({ code: 9999 })

/** Runs an effect in simulated time, to its end. */
const simulate = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(Effect.exit(effect))
  yield* TestClock.adjust("10 minutes")
  return yield* Fiber.join(fiber)
})

const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(simulate(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit))
    return Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  })

/** An observer that keeps what it is told. */
const recorder = (name = "recorder") => {
  const told: Array<Plugin.Outcome> = []
  const attempts: Array<Plugin.Attempt> = []
  return {
    told,
    attempts,
    plugin: Plugin.make({
      name,
      onAttempt: (attempt) => Effect.sync(() => attempts.push(attempt)),
      after: (outcome) => Effect.sync(() => told.push(outcome))
    })
  }
}

/** What an effect comes to, and the lines that are logged meanwhile at warning or above. */
const warnings = <A, R>(effect: Effect.Effect<A, never, R>) => {
  const lines: Array<string> = []
  const logger = Logger.map(Logger.formatJson, (line) => lines.push(line))
  return Effect.map(
    effect.pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(References.MinimumLogLevel, "Warn")),
    (value) => ({ value, lines })
  )
}

const dies = () => {
  throw new Error(`broken ${canary}`)
}

class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {}

describe("guards", () => {
  const refusals: ReadonlyArray<
    readonly [what: string, before: NonNullable<Plugin["before"]>, reason: RegExp, broken?: true]
  > = [
    ["vetoes", () => Plugin.veto("it is under a legal hold"), /^it is under a legal hold$/],
    ["cannot find out", () => Plugin.veto("no list", { broken: true }), /^no list$/, true],
    ["fails", () => new Broken({ message: "no database." }), /^its guard failed: no database$/, true],
    ["fails with what cannot be shown", () => Effect.fail(Object.create(null)), /^its guard failed: /, true],
    ["fails with a veto without a reason", () => Effect.fail({ _tag: "Veto" }), /^its guard failed: /, true],
    ["fails with no error", () => Effect.fail("no"), /^its guard failed: no$/, true],
    ["answers false", () => Effect.succeed(false), /^its guard answered false$/],
    ["answers with an error", () => Effect.succeed(new Broken({ message: "no" })), /^its guard answered .*no$/],
    ["dies", () => Effect.die(new Error("oh")), /^its guard failed: oh$/, true],
    ["throws", dies, /^its guard failed: broken <redacted>$/, true],
    ["is interrupted", () => Effect.interrupt, /^its guard failed: /, true],
    ["hangs", () => Effect.never, /^its guard took longer than 5s$/, true],
    ["hangs and cannot be interrupted", () => Effect.uninterruptible(Effect.never), /took longer/, true]
  ]
  for (const [what, before, reason, broken] of refusals) {
    it.effect(`B21 one that ${what} is a veto: nothing is sent, and the error names plugin and reason`, () =>
      Effect.gen(function* () {
        const { plugin, told } = recorder()
        const error = yield* failure(
          remove("04b6").pipe(Plugin.with(plugin), Plugin.with(Plugin.make({ name: "guard", before })))
        )
        assert.deepInclude(error, {
          _tag: "Vetoed",
          plugin: "guard",
          sessionId: "04b6",
          outcome: "not-deleted",
          attempts: 0
        })
        assert.match(String(Reflect.get(Object(error), "reason")), reason)
        assert.strictEqual(Reflect.get(Object(error), "broken"), broken)
        assert.strictEqual(Object.hasOwn(Object(error), "broken"), broken === true)
        assert.strictEqual(yield* requestCount, 0)
        assert.deepStrictEqual(
          told.map(({ _tag, attempts }) => [_tag, attempts]),
          [["Vetoed", 0]]
        )
      }).pipe(Effect.provide(overScript([])))
    )
  }

  it.effect("are asked in their order, until one says no, once per call and not per attempt", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const guard = (name: string, answer: Effect.Effect<unknown, unknown>) =>
        Plugin.make({
          name,
          before: () =>
            Effect.andThen(
              Effect.sync(() => asked.push(name)),
              answer
            )
        })
      const plugins = Plugin.layer(guard("a", Effect.void), guard("b", Effect.void))
      yield* simulate(Effect.provide(remove("04b6"), plugins))
      assert.deepStrictEqual(asked, ["a", "b"])
      const refusing = Plugin.layer(guard("a", Effect.void), guard("b", Plugin.veto("no")), guard("c", Effect.void))
      yield* simulate(Effect.provide(remove("04b6"), refusing))
      assert.deepStrictEqual(asked, ["a", "b", "a", "b"])
      assert.strictEqual(yield* requestCount, 2)
    }).pipe(Effect.provide(overScript([limited, deleted])))
  )

  it.effect("B18 have no more time than the call, nor than they ask for", () =>
    Effect.gen(function* () {
      const slow = (timeout?: Duration.Input) =>
        Plugin.make({ name: "slow", timeout, before: () => Effect.sleep("1 hour") })
      const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      const elapsed = (plugin: Plugin) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(
            Effect.andThen(
              Effect.exit(Plugin.with(plugin)(remove("04b6"))),
              Effect.clockWith((clock) => clock.currentTimeMillis)
            )
          )
          yield* TestClock.adjust("2 hours")
          return (yield* Fiber.join(fiber)) - (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) + 7_200_000
        })
      assert.strictEqual(yield* elapsed(slow()), 5_000)
      assert.strictEqual(yield* elapsed(slow("2 seconds")), 2_000)
      assert.strictEqual(yield* elapsed(slow("1 hour")), 60_000)
      assert.isDefined(started)
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("see what is asked for, frozen, and nothing secret", () =>
    Effect.gen(function* () {
      const seen: Array<Plugin.Call> = []
      const look = Plugin.make({ name: "look", before: (call) => Effect.sync(() => seen.push(call)) })
      yield* Sessions.use((sessions) =>
        sessions.ensureDeleted({ sessionId: "04b6", userId: "tmm-1", externalTraceId: "mine" })
      ).pipe(Plugin.with(look))
      assert.strictEqual(
        JSON.stringify(seen),
        '[{"method":"ensureDeleted","sessionId":"04b6","userId":"tmm-1","externalTraceId":"mine"}]'
      )
      assert.isTrue(Object.isFrozen(seen[0]))
      const vetoed = yield* Effect.flip(
        Sessions.use((sessions) =>
          sessions.delete({ sessionId: "04b6", userId: "tmm-1", externalTraceId: "mine" })
        ).pipe(Plugin.with(Plugin.make({ name: "no", before: () => Plugin.veto("no") })))
      )
      assert.deepInclude(vetoed, { _tag: "Vetoed", externalTraceId: "mine" })
      assert.notInclude(inspect(seen, { depth: 9 }), canary)
    }).pipe(Effect.provide(overScript([deleted])))
  )
})

describe("observers", () => {
  const hostile: ReadonlyArray<readonly [what: string, hook: () => Effect.Effect<never>, complaint: RegExp]> = [
    ["dies", () => Effect.die(new Error(`oh ${canary}`)), /failed, which changes nothing/],
    ["throws", dies, /failed, which changes nothing/],
    ["is interrupted", () => Effect.interrupt, /failed, which changes nothing/],
    ["hangs", () => Effect.never, /took too long and was left behind/],
    ["hangs and cannot be interrupted", () => Effect.uninterruptible(Effect.never), /took too long/]
  ]
  for (const [what, hook, complaint] of hostile) {
    it.effect(`B22 one that ${what} changes nothing but a log line`, () =>
      Effect.gen(function* () {
        const { attempts, plugin, told } = recorder()
        const bad = Plugin.make({ name: "bad", onAttempt: hook, onRetry: hook, after: hook })
        const { lines, value } = yield* warnings(simulate(remove("04b6").pipe(Plugin.with(plugin), Plugin.with(bad))))
        assert.isTrue(Exit.isSuccess(value))
        assert.deepStrictEqual(
          attempts.map(({ outcome }) => outcome),
          ["not-deleted", "deleted"]
        )
        assert.deepStrictEqual(
          told.map(({ _tag }) => _tag),
          ["Deleted"]
        )
        // onAttempt twice, onRetry, after.
        assert.strictEqual(lines.length, 4)
        for (const line of lines) {
          assert.match(line, complaint)
          assert.include(line, "bad")
          assert.notInclude(line, canary)
        }
      }).pipe(Effect.provide(overScript([limited, deleted])))
    )
  }

  it.effect("are told of each attempt: its number, its ending, its times", () =>
    Effect.gen(function* () {
      const { attempts, plugin } = recorder()
      yield* simulate(Plugin.with(plugin)(remove("04b6")))
      const [first, second, third] = attempts
      assert.deepInclude(first, { attempt: 1, outcome: "not-deleted", httpStatus: 200, traceId: "trace-0" })
      assert.strictEqual(first?.error?._tag, "RateLimited")
      assert.deepInclude(second, { attempt: 2, outcome: "unknown" })
      assert.notProperty(second, "httpStatus")
      assert.strictEqual(Duration.toMillis(second?.duration ?? 0), 10_000)
      assert.deepInclude(third, { attempt: 3, outcome: "deleted", disposition: "deleted", traceId: "trace-1" })
      assert.strictEqual(Duration.toMillis(third?.queued ?? 1), 0)
    }).pipe(
      Effect.provide(
        overScript([respond({ code: 201 }, { headers: { "x-pd-trace-id": "trace-0" } }), silence, deleted])
      )
    )
  )
})

describe("what hooks are told", () => {
  it.effect("B22 B24 cannot be changed by them", () =>
    Effect.gen(function* () {
      const spoil = (told: object) =>
        Effect.sync(() => {
          for (const [field, value] of Object.entries({
            limitedBy: "api",
            outcome: "not-deleted",
            disposition: "already-absent",
            _tag: "x"
          })) {
            Reflect.set(told, field, value)
            Reflect.defineProperty(told, field, { value })
          }
        })
      const spoiling = Plugin.make({
        name: "spoiling",
        onAttempt: (attempt) => Effect.andThen(spoil(attempt.error ?? {}), spoil(attempt)),
        onRetry: (retry) => Effect.andThen(spoil(retry.error), Effect.asVoid(spoil(retry))),
        around: (_, next) =>
          next.pipe(
            Effect.tap(({ receipt }) => spoil(receipt)),
            Effect.tapError((error) =>
              Effect.andThen(
                spoil(error),
                Effect.sync(() => Reflect.defineProperty(error, "message", { value: "all is well" }))
              )
            )
          ),
        after: (outcome) =>
          Effect.andThen(
            spoil("receipt" in outcome ? outcome.receipt : "error" in outcome ? outcome.error : {}),
            spoil(outcome)
          )
      })
      const { plugin, told } = recorder()
      const call = Effect.provide(remove("04b6"), Plugin.layer(spoiling, plugin))
      assert.strictEqual(ends(yield* simulate(call)), "deleted")
      assert.strictEqual(
        ends(yield* simulate(RetryPolicy.withPolicy(call, RetryPolicy.none))),
        "OutcomeUnknown unknown"
      )
      assert.deepStrictEqual(
        told.map(({ _tag }) => _tag),
        ["Deleted", "Unknown"]
      )
      const unknown = told[1]
      assert.notInclude(unknown?._tag === "Unknown" ? unknown.error.message : "", "all is well")
      const frozen: Array<boolean> = []
      const looking = Plugin.make({
        name: "looking",
        onRetry: (retry) => Effect.sync(() => void frozen.push(Object.isFrozen(retry)))
      })
      assert.strictEqual(ends(yield* simulate(Plugin.with(looking)(remove("04b6")))), "deleted")
      assert.deepStrictEqual(frozen, [true])
      const after = Plugin.make({ name: "after", after: spoiling.after })
      const broke = Layer.succeed(RateBudget, { ...RateBudget.unlimited, take: () => new BudgetExhausted({}) })
      const refused = Layer.fresh(Layer.provide(overScript([]), broke))
      const unpaid = Effect.provide(Plugin.with(after)(remove("04b6")), refused, { local: true })
      assert.deepInclude(yield* failure(unpaid), { _tag: "RateLimited", limitedBy: "budget" })
      const busyTeam = yield* Sessions.make(after, Plugin.make({ name: "busy", around: () => busy("unknown") }))
      assert.strictEqual(ends(yield* simulate(busyTeam.delete({ sessionId: "04b6", userId: "tmm-1" }))), "Busy unknown")
      const vetoing = Plugin.make({ name: "vetoing", before: () => Plugin.veto("no"), after: spoiling.after })
      assert.strictEqual(ends(yield* simulate(Plugin.with(vetoing)(remove("04b6")))), "Vetoed not-deleted")
    }).pipe(Effect.provide(overScript([internal, deleted, reset, limited, deleted])))
  )
})

describe("several observers", () => {
  it.effect("are interrupted where they take too long", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const hook = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      const { lines } = yield* warnings(
        simulate(Plugin.with(Plugin.make({ name: "slow", onAttempt: hook, after: hook }))(remove("04b6")))
      )
      assert.strictEqual(interrupted, 2)
      assert.strictEqual(lines.length, 2)
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("are told at once, so that a slow one holds nobody up", () =>
    Effect.gen(function* () {
      const slow = (name: string) => Plugin.make({ name, after: () => Effect.sleep("2 seconds") })
      const fiber = yield* Effect.forkChild(
        Effect.provide(remove("04b6"), Plugin.layer(slow("a"), slow("b"), slow("c")))
      )
      yield* TestClock.adjust("2 seconds")
      assert.isDefined(fiber.pollUnsafe())
    }).pipe(Effect.provide(overScript([deleted])))
  )
})

describe("onRetry", () => {
  const retrying = (onRetry: NonNullable<Plugin["onRetry"]>) => Plugin.make({ name: "retrying", onRetry })
  const endedAfter = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const now = Effect.clockWith((clock) => clock.currentTimeMillis)
      const before = yield* now
      const fiber = yield* Effect.forkChild(Effect.zip(Effect.exit(effect), now))
      yield* TestClock.adjust("10 minutes")
      const [exit, after] = yield* Fiber.join(fiber)
      return { exit, millis: after - before }
    })

  it.effect("is told of a retry, and may let it be", () =>
    Effect.gen(function* () {
      const told: Array<Plugin.Retry> = []
      const { exit } = yield* endedAfter(
        Plugin.with(retrying((retry) => Effect.sync(() => void told.push(retry))))(remove("04b6"))
      )
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepInclude(told[0], { attempt: 1 })
      assert.strictEqual(told[0]?.error._tag, "RateLimited")
      assert.isTrue(Duration.isLessThanOrEqualTo(told[0]?.wait ?? Duration.infinity, Duration.millis(250)))
      assert.strictEqual(told.length, 1)
    }).pipe(Effect.provide(overScript([limited, deleted])))
  )

  it.effect("is told which attempt has failed", () =>
    Effect.gen(function* () {
      const told: Array<number> = []
      const counting = retrying(({ attempt }) => Effect.sync(() => void told.push(attempt)))
      yield* endedAfter(Plugin.with(counting)(remove("04b6")))
      assert.deepStrictEqual(told, [1, 2])
    }).pipe(Effect.provide(overScript([limited, limited, deleted])))
  )

  it.effect("may stop: the call fails with the error at hand", () =>
    Effect.gen(function* () {
      const { exit } = yield* endedAfter(Plugin.with(retrying(() => Effect.succeed(Plugin.stop)))(remove("04b6")))
      assert.strictEqual(ends(exit), "RateLimited not-deleted")
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([limited])))
  )

  it.effect("may lengthen the wait, and never shorten it; the longest of several wins", () =>
    Effect.gen(function* () {
      const longer = yield* endedAfter(
        remove("04b6").pipe(
          Plugin.with(Plugin.make({ name: "a", onRetry: () => Effect.succeed(Plugin.wait("7 seconds")) })),
          Plugin.with(Plugin.make({ name: "b", onRetry: () => Effect.succeed(Plugin.wait("3 seconds")) }))
        )
      )
      assert.strictEqual(longer.millis, 7_000)
      const shorter = yield* endedAfter(
        remove("04b6").pipe(Plugin.with(retrying(() => Effect.succeed(Plugin.wait(0)))))
      )
      assert.isAtLeast(shorter.millis, 2_000)
    }).pipe(
      Effect.provide(
        overScript([limited, deleted, respond({ code: 201 }, { headers: { "retry-after": "2" } }), deleted])
      )
    )
  )

  it.effect("its own time is part of the wait", () =>
    Effect.gen(function* () {
      const { millis } = yield* endedAfter(
        Plugin.with(retrying(() => Effect.as(Effect.sleep("1 second"), Plugin.wait("3 seconds"))))(remove("04b6"))
      )
      assert.strictEqual(millis, 3_000)
    }).pipe(Effect.provide(overScript([limited, deleted])))
  )

  it.effect("a wait past the deadline is no retry, and costs nothing", () =>
    Effect.gen(function* () {
      const { exit, millis } = yield* endedAfter(
        Plugin.with(retrying(() => Effect.succeed(Plugin.wait("1 minute"))))(remove("04b6"))
      )
      assert.strictEqual(ends(exit), "RateLimited not-deleted")
      assert.strictEqual(millis, 0)
      // The retry budget holds 100: had a retry been paid for, it would run out.
      for (let call = 0; call < 150; call++) {
        yield* endedAfter(Plugin.with(retrying(() => Effect.succeed(Plugin.stop)))(remove("04b6")))
      }
      const { exit: last } = yield* endedAfter(remove("04b6"))
      assert.isTrue(Exit.isSuccess(last))
    }).pipe(Effect.provide(overScript([...Array.from({ length: 152 }, () => limited), deleted])))
  )

  it.effect("a wait that is no duration is ignored", () =>
    Effect.gen(function* () {
      const odd = Plugin.make({
        name: "odd",
        // @ts-expect-error TS2322: a program in JavaScript can write anything.
        onRetry: () => Effect.succeed(Plugin.wait("soon"))
      })
      const { lines, value } = yield* warnings(endedAfter(Plugin.with(odd)(remove("04b6"))))
      assert.isTrue(Exit.isSuccess(value.exit))
      assert.match(lines.join(), /onRetry failed/)
    }).pipe(Effect.provide(overScript([limited, deleted])))
  )
})

describe("after", () => {
  const endings: ReadonlyArray<
    readonly [
      tag: Plugin.Outcome["_tag"],
      script: ReadonlyArray<Parameters<typeof overScript>[0] extends Iterable<infer A> ? A : never>,
      fields: object
    ]
  > = [
    ["Deleted", [deleted], { attempts: 1 }],
    ["NotDeleted", [respond({ code: 100 })], { attempts: 1 }],
    ["Unknown", [reset], { attempts: 1 }],
    ["Died", [], { attempts: 1, outcome: "unknown" }]
  ]
  for (const [tag, script, fields] of endings) {
    it.effect(`B23 exactly one where the call ends: ${tag}`, () =>
      Effect.gen(function* () {
        const { plugin, told } = recorder()
        yield* simulate(remove("04b6").pipe(RetryPolicy.withPolicy(RetryPolicy.none), Plugin.with(plugin)))
        assert.strictEqual(told.length, 1)
        assert.deepInclude(told[0], { _tag: tag, ...fields })
        assert.strictEqual(told[0]?.call.sessionId, "04b6")
      }).pipe(Effect.provide(overScript(script)))
    )
  }

  it.effect("tells what died in words, without the key", () =>
    Effect.gen(function* () {
      const { plugin, told } = recorder()
      yield* simulate(Plugin.with(plugin)(Effect.provide(remove("04b6"), dying, { local: true })))
      assert.deepInclude(told[0], { _tag: "Died", detail: "Error: broken <redacted>", outcome: "unknown" })
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B23 exactly one where a guard dies of what cannot be told", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const defect = Object.defineProperty(new Error(), "message", {
        get: () => {
          throw new Error("oh")
        }
      })
      const odd = Plugin.make({
        name: "odd",
        before: () => Effect.die(defect),
        after: ({ _tag }) => Effect.sync(() => void told.push(_tag))
      })
      const exit = yield* Effect.exit(Plugin.with(odd)(remove("04b6")))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(told, ["Died"])
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B15 B23 an interrupted call tells whether anything had been sent", () =>
    Effect.gen(function* () {
      const interrupted = Effect.fnUntraced(function* (...plugins: ReadonlyArray<Plugin>) {
        const { plugin, told } = recorder()
        const layer = Plugin.layer(...plugins, plugin)
        const fiber = yield* Effect.forkChild(Effect.provide(remove("04b6"), layer))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(told.length, 1)
        return told[0]
      })
      const hanging = Plugin.make({ name: "hanging", before: () => Effect.uninterruptible(Effect.never) })
      assert.deepInclude(yield* interrupted(hanging), { _tag: "Interrupted", attempts: 0, outcome: "not-deleted" })
      const waiting = Plugin.make({ name: "waiting", onRetry: () => Effect.succeed(Plugin.wait("30 seconds")) })
      assert.deepInclude(yield* interrupted(waiting), { _tag: "Interrupted", attempts: 1, outcome: "not-deleted" })
      assert.deepInclude(yield* interrupted(waiting), { _tag: "Interrupted", attempts: 1, outcome: "unknown" })
      assert.deepInclude(yield* interrupted(), { _tag: "Interrupted", attempts: 1, outcome: "unknown" })
      // The API has said that it is deleted, and nobody has heard of it yet.
      const slow = Plugin.make({ name: "slow", onAttempt: () => Effect.sleep("3 seconds") })
      assert.deepInclude(yield* interrupted(slow), { _tag: "Interrupted", attempts: 1, outcome: "unknown" })
      assert.strictEqual(yield* requestCount, 4)
    }).pipe(Effect.provide(overScript([limited, internal, silence, deleted])))
  )

  it.effect("what is done is told as done, though its caller has gone away since", () =>
    Effect.gen(function* () {
      const { plugin, told } = recorder()
      const slow = Plugin.make({ name: "slow", around: (_, next) => Effect.tap(next, () => Effect.sleep("1 second")) })
      const fiber = yield* Effect.forkChild(remove("04b6").pipe(Plugin.with(slow), Plugin.with(plugin)))
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(told[0], { _tag: "Deleted", attempts: 1 })
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("a request that breaks a rule starts no call", () =>
    Effect.gen(function* () {
      const { plugin, told } = recorder()
      yield* simulate(Plugin.with(plugin)(remove("..")))
      assert.deepStrictEqual(told, [])
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("sees the same object for the call in all hooks, and what ensureDeleted makes of a missing session", () =>
    Effect.gen(function* () {
      const calls = new Set<Plugin.Call>()
      const see = (call: Plugin.Call) => Effect.sync(() => calls.add(call))
      const dispositions: Array<string> = []
      const all = Plugin.make({
        name: "all",
        before: see,
        around: (call, next) => Effect.andThen(see(call), next),
        onAttempt: ({ call }) => see(call),
        onRetry: ({ call }) => Effect.asVoid(see(call)),
        after: (outcome) =>
          Effect.andThen(
            see(outcome.call),
            Effect.sync(() => outcome._tag === "Deleted" && dispositions.push(outcome.receipt.disposition))
          )
      })
      yield* simulate(Plugin.with(all)(ensure("04b6")))
      assert.strictEqual(calls.size, 1)
      assert.deepStrictEqual(dispositions, ["already-absent"])
    }).pipe(Effect.provide(overScript([limited, respond({ code: 300003 })])))
  )
})

class Busy extends Schema.TaggedError<Busy>()("Busy", { outcome: Schema.Literals(["not-deleted", "unknown"]) }) {}

/** A wrapper's error need not be an `Error`. */
interface Refusal {
  readonly _tag: "Refusal"
  readonly outcome: "not-deleted"
  readonly message: string
}

const busy = (outcome: Busy["outcome"]) => Effect.fail(new Busy({ outcome }))

/** A client with a wrapper, and what it makes of one session. */
const wrapped = (
  around: NonNullable<Plugin<Busy | Refusal>["around"]>,
  method: "delete" | "ensureDeleted" = "delete",
  policy: RetryPolicy.Policy = RetryPolicy.none
) => {
  const { plugin, told } = recorder()
  return Effect.gen(function* () {
    const sessions = yield* Sessions.make(plugin, Plugin.make({ name: "wrapper", around }))
    const { lines, value } = yield* warnings(
      simulate(sessions[method]({ sessionId: "04b6", userId: "tmm-1" }).pipe(RetryPolicy.withPolicy(policy)))
    )
    assert.strictEqual(told.length, 1)
    return { exit: value, lines, told: told[0], requests: yield* requestCount }
  })
}

const ends = (exit: Exit.Exit<Receipt, unknown>) => {
  if (Exit.isSuccess(exit)) return exit.value.disposition
  const error: unknown = Cause.squash(exit.cause)
  return error instanceof Error && "outcome" in error ? `${error.name} ${error.outcome}` : String(error)
}

// @effect-diagnostics missingEffectError:off
describe("wrappers", () => {
  type Around = NonNullable<Plugin<Busy>["around"]>
  const receipt = Schema.decodeSync(Receipt)({
    sessionId: "04b6",
    userId: "tmm-1",
    disposition: "deleted",
    verified: true,
    attempts: 1,
    startedAt: "2026-01-01T00:00:00Z",
    finishedAt: "2026-01-01T00:00:00Z"
  })
  const lies: ReadonlyArray<
    readonly [
      what: string,
      script: Parameters<typeof overScript>[0],
      around: Around,
      ending: string,
      told: Plugin.Outcome["_tag"],
      requests: number
    ]
  > = [
    // Nothing is sent.
    ["refuses with an error of its own", [], () => busy("not-deleted"), "Busy not-deleted", "NotDeleted", 0],
    ["refuses and is not sure", [], () => busy("unknown"), "Busy unknown", "Unknown", 0],
    ["dies before it", [], dies, "Vetoed not-deleted", "Vetoed", 0],
    // @ts-expect-error TS2322: a success can only come from `next`.
    ["succeeds out of nothing", [], () => Effect.succeed({ receipt }), "Vetoed not-deleted", "Vetoed", 0],
    // @ts-expect-error TS2322: an error must tell the outcome.
    ["fails with no error", [], () => Effect.fail("no"), "Vetoed not-deleted", "Vetoed", 0],
    ["hangs before it", [], () => Effect.never, "Vetoed not-deleted", "Vetoed", 0],
    ["interrupts itself", [], () => Effect.interrupt, "Error: All fibers interrupted without error", "Interrupted", 0],
    [
      "says by itself that there is no such session",
      [],
      () => new SessionNotFound({ sessionId: "04b6", outcome: "not-deleted", attempts: 0 }),
      "SessionNotFound not-deleted",
      "NotDeleted",
      0
    ],
    [
      "lets a defect of the core be",
      [],
      (_, next) => next,
      "Error: The script has no answer left for this request.",
      "Died",
      1
    ],
    // It is deleted.
    ["lets it be", [deleted], (_, next) => next, "deleted", "Deleted", 1],
    ["fails after it", [deleted], (_, next) => Effect.andThen(next, busy("not-deleted")), "deleted", "Deleted", 1],
    ["fails after it, unsure", [deleted], (_, next) => Effect.andThen(next, busy("unknown")), "deleted", "Deleted", 1],
    ["dies after it", [deleted], (_, next) => Effect.andThen(next, Effect.die("oh")), "deleted", "Deleted", 1],
    ["hangs after it", [deleted], (_, next) => Effect.andThen(next, Effect.never), "deleted", "Deleted", 1],
    ["runs it twice", [deleted], (_, next) => Effect.andThen(next, next), "deleted", "Deleted", 1],
    [
      "runs it twice at once",
      [deleted],
      (_, next) => Effect.map(Effect.all([next, next], { concurrency: 2 }), ([one]) => one),
      "deleted",
      "Deleted",
      1
    ],
    // It is in doubt.
    ["lets a doubt be", [reset], (_, next) => next, "OutcomeUnknown unknown", "Unknown", 1],
    [
      "denies a doubt",
      [reset],
      (_, next) => Effect.catch(next, () => busy("not-deleted")),
      "OutcomeUnknown unknown",
      "Unknown",
      1
    ],
    [
      "puts a doubt into words of its own",
      [reset],
      (_, next) => Effect.catch(next, () => busy("unknown")),
      "Busy unknown",
      "Unknown",
      1
    ],
    [
      "gives a doubtful one out as deleted",
      [reset],
      // @ts-expect-error TS2322: a success can only come from `next`.
      (_, next) => Effect.catch(next, () => Effect.succeed({ receipt })),
      "OutcomeUnknown unknown",
      "Unknown",
      1
    ],
    [
      "stops it half-way and denies that",
      [silence],
      (_, next) => Effect.timeoutOrElse(next, { duration: "1 second", orElse: () => busy("not-deleted") }),
      "OutcomeUnknown unknown",
      "Unknown",
      1
    ],
    [
      "leaves it running and denies that",
      [silence],
      (_, next) => Effect.andThen(Effect.forkDetach(next, { startImmediately: true }), busy("not-deleted")),
      "OutcomeUnknown unknown",
      "Unknown",
      1
    ],
    [
      "fails with a refusal while it asks again behind the call's back",
      [limited, silence],
      (_, next) =>
        Effect.catch(next, (error) =>
          Effect.andThen(Effect.forkDetach(next, { startImmediately: true }), Effect.fail(error))
        ),
      "OutcomeUnknown unknown",
      "Unknown",
      2
    ],
    [
      "dies while it asks again behind the call's back",
      [limited, silence],
      (_, next) =>
        Effect.catch(next, () => Effect.andThen(Effect.forkDetach(next, { startImmediately: true }), Effect.die("oh"))),
      "OutcomeUnknown unknown",
      "Unknown",
      2
    ],
    [
      "asks again after a doubt: a missing session is a gone one",
      [reset, respond({ code: 300003 })],
      (_, next) => Effect.catch(next, () => next),
      "absent-after-unknown",
      "Deleted",
      2
    ],
    [
      "asks again after it has cut the first request off",
      [silence, respond({ code: 300003 })],
      (_, next) => Effect.timeoutOrElse(next, { duration: "1 second", orElse: () => next }),
      "absent-after-unknown",
      "Deleted",
      2
    ],
    [
      "is refused after it has cut the first request off",
      [silence, respond({ code: 100 })],
      (_, next) => Effect.timeoutOrElse(next, { duration: "1 second", orElse: () => next }),
      "BadRequest unknown",
      "Unknown",
      2
    ],
    // It is refused.
    [
      "puts a refusal into words of its own",
      [respond({ code: 100 })],
      (_, next) => Effect.catch(next, () => busy("not-deleted")),
      "Busy not-deleted",
      "NotDeleted",
      1
    ],
    [
      "dies after a refusal",
      [respond({ code: 100 })],
      (_, next) => Effect.catch(next, () => Effect.die("oh")),
      "BadRequest not-deleted",
      "NotDeleted",
      1
    ]
  ]
  for (const [what, script, around, ending, tag, sent] of lies) {
    it.effect(`B24 one that ${what} ends ${ending}`, () =>
      Effect.gen(function* () {
        const { exit, requests, told } = yield* wrapped(around)
        assert.strictEqual(ends(exit), ending)
        assert.strictEqual(told?._tag, tag)
        assert.strictEqual(requests, sent)
        // It has not said no.
        if (told?._tag === "Vetoed") assert.isTrue(told.error.broken)
      }).pipe(Effect.provide(overScript(script)))
    )
  }

  it.effect("B24 one may refuse with a value that is no Error, and `after` cannot change it", () =>
    Effect.gen(function* () {
      const refusal: Refusal = { _tag: "Refusal", outcome: "not-deleted", message: "A holiday." }
      const { exit, told } = yield* wrapped(() => Effect.fail(refusal))
      assert.deepEqual<unknown>(exit, Exit.fail(refusal))
      assert.isTrue(told?._tag === "NotDeleted" && !Reflect.set(told.error, "outcome", "unknown"))
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B24 one left behind sends nothing after the call has ended", () =>
    Effect.gen(function* () {
      const { exit } = yield* wrapped(
        (_, next) => Effect.andThen(Effect.forkDetach(Effect.delay(next, "1 second")), busy("not-deleted")),
        "delete"
      )
      assert.strictEqual(ends(exit), "Busy not-deleted")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B24 ensureDeleted takes no foreign word for a missing session", () =>
    Effect.gen(function* () {
      const { exit } = yield* wrapped(
        () => Effect.fail(new SessionNotFound({ sessionId: "04b6", outcome: "not-deleted", attempts: 0 })),
        "ensureDeleted"
      )
      assert.strictEqual(ends(exit), "Vetoed not-deleted")
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("a lie is a log line that names the plugin", () =>
    Effect.gen(function* () {
      const { lines } = yield* wrapped((_, next) => Effect.andThen(next, Effect.die(new Error(canary))))
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "wrapper")
      assert.notInclude(lines[0], canary)
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("one that stops a call says so, and what was known by then", () =>
    Effect.gen(function* () {
      const hurrying: Around = (_, next) =>
        Effect.timeoutOrElse(next, { duration: "1 second", orElse: () => Effect.die("too slow") })
      const { exit } = yield* wrapped(hurrying)
      const error: unknown = Exit.isFailure(exit) && Cause.squash(exit.cause)
      assert.include(String(error), "A plugin stopped the call after it had begun to send.")
      const waiting = yield* wrapped(hurrying, "delete", Schedule.spaced("10 seconds"))
      assert.strictEqual(ends(waiting.exit), "OutcomeUnknown not-deleted")
    }).pipe(Effect.provide(overScript([silence, limited])))
  )

  it.effect("B26 the first is outermost", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const layer = (name: string) =>
        Plugin.make({
          name,
          around: (_, next) =>
            Effect.andThen(
              Effect.sync(() => order.push(name)),
              Effect.ensuring(
                next,
                Effect.sync(() => order.push(`/${name}`))
              )
            )
        })
      yield* remove("04b6").pipe(
        Plugin.with(layer("d")),
        Plugin.with(layer("c")),
        Effect.provide(overScript([deleted]).pipe(Layer.provide(Plugin.layer(layer("a"), layer("b")))))
      )
      assert.deepStrictEqual(order, ["a", "b", "c", "d", "/d", "/c", "/b", "/a"])
    })
  )

  it.effect("B24 a request that is left running ends with the call", () =>
    Effect.gen(function* () {
      let aborted = 0
      const slow = HttpClient.make(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => aborted++)))
      const leaving = Plugin.make({
        name: "leaving",
        around: (_, next) => Effect.andThen(Effect.forkDetach(next, { startImmediately: true }), busy("unknown"))
      })
      const sessions = yield* Effect.provideService(Sessions.make(leaving), HttpClient.HttpClient, slow)
      const exit = yield* Effect.exit(sessions.delete({ sessionId: "04b6", userId: "tmm-1" }))
      assert.strictEqual(ends(exit), "Busy unknown")
      yield* TestClock.adjust(0)
      assert.strictEqual(aborted, 1)
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B15 one that cannot be interrupted sends nothing more after an interruption", () =>
    Effect.gen(function* () {
      const clinging = Plugin.make({ name: "clinging", around: (_, next) => Effect.uninterruptible(next) })
      const fiber = yield* Effect.forkChild(Plugin.with(clinging)(remove("04b6")))
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([internal, internal])))
  )

  it.effect("the one that is to blame is named, whichever it is", () =>
    Effect.gen(function* () {
      const honest = (name: string) => Plugin.make({ name, around: (_, next) => next })
      const { lines } = yield* warnings(
        simulate(
          remove("04b6").pipe(
            Effect.provide(
              Plugin.layer(
                honest("outer"),
                Plugin.make({ name: "guilty", around: (_, next) => Effect.andThen(next, Effect.die("oh")) }),
                honest("inner")
              )
            )
          )
        )
      )
      assert.match(lines.join(), /Plugin \\"guilty\\"/)
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("B18 B23 one that cannot be interrupted is left behind at the deadline, and `after` is told", () =>
    Effect.gen(function* () {
      const cling = Effect.uninterruptible(Effect.never)
      const before = yield* wrapped((_, next) => Effect.andThen(cling, next))
      assert.strictEqual(ends(before.exit), "Vetoed not-deleted")
      assert.strictEqual(before.requests, 0)
      const after = yield* wrapped((_, next) =>
        Effect.acquireUseRelease(
          Effect.void,
          () => next,
          () => cling
        )
      )
      assert.strictEqual(ends(after.exit), "deleted")
      assert.strictEqual(after.told?._tag, "Deleted")
    }).pipe(Effect.provide(overScript([deleted])))
  )

  for (const hook of ["onAttempt", "onRetry"] as const) {
    it.effect(`B18 ${hook} has no more time than the call`, () =>
      Effect.gen(function* () {
        const slow = Plugin.make({ name: "slow", timeout: "1 hour", [hook]: () => Effect.never })
        const fiber = yield* Effect.forkChild(Effect.exit(Plugin.with(slow)(remove("04b6"))))
        yield* TestClock.adjust("1 minute")
        assert.isDefined(fiber.pollUnsafe())
      }).pipe(Effect.provide(overScript([limited])))
    )
  }

  it.effect("B24 a refusal is not told while a request that was left behind takes its time to stop", () =>
    Effect.gen(function* () {
      let requests = 0
      const slow = HttpClient.make((request) =>
        requests++ === 0
          ? Effect.succeed(HttpClientResponse.fromWeb(request, new Response('{"code":201}')))
          : Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      )
      const again: Around = (_, next) =>
        Effect.catch(next, () => Effect.andThen(Effect.forkDetach(next, { startImmediately: true }), Effect.die("oh")))
      const sessions = yield* Effect.provideService(
        Sessions.make(Plugin.make({ name: "again", around: again })),
        HttpClient.HttpClient,
        slow
      )
      const call = sessions
        .delete({ sessionId: "04b6", userId: "tmm-1" })
        .pipe(RetryPolicy.withPolicy(RetryPolicy.none))
      assert.strictEqual(ends(yield* simulate(call)), "OutcomeUnknown unknown")
      assert.strictEqual(requests, 2)
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B24 a session that is there stays in doubt while a request that was cut off may still arrive", () =>
    Effect.gen(function* () {
      const { exit } = yield* wrapped((_, next) =>
        Effect.timeoutOrElse(next, { duration: "1 second", orElse: () => next })
      )
      assert.strictEqual(ends(exit), "Internal unknown")
      assert.strictEqual(yield* requestCount, 3)
    }).pipe(
      Effect.provide(
        overScript([silence, internal, respond({ code: 0, data: { id: "04b6" } })], { verify: "doubtful" })
      )
    )
  )

  it.effect("B24 B27 what is sent is sent without a wrapper's services", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const forging: typeof globalThis.fetch = (_, init) => {
        seen.push(init?.headers)
        return Promise.resolve(new Response('{"code":0}'))
      }
      const around: Around = (_, next) =>
        Effect.provideService(Effect.withSpan(next, "mine"), FetchHttpClient.Fetch, forging)
      const layer = overFetch({ baseUrl: "http://127.0.0.1:1" })
      const call = RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.none)
      const wrapper = Plugin.make({ name: "wrapper", around: (call, next) => Effect.orDie(around(call, next)) })
      const provided = Plugin.layer(Plugin.make({ name: "innocent", around: (_, next) => next })).pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, forging))
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.provide(Plugin.with(wrapper)(call), layer))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.provide(call, Layer.provide(layer, provided)))))
      assert.deepStrictEqual(seen, [])
    })
  )

  it.effect("B21 a veto of an entire run says so, no other does", () =>
    Effect.gen(function* () {
      const guards: ReadonlyArray<readonly [Effect.Effect<never, unknown>, entireRun: boolean | undefined]> = [
        [Plugin.veto("there is a freeze", { entireRun: true }), true],
        [Plugin.veto("it is held", { entireRun: false }), undefined],
        [Plugin.veto("it is held"), undefined],
        [Effect.fail({ entireRun: true }), undefined]
      ]
      for (const [answer, entireRun] of guards) {
        const guard = Plugin.make({ name: "guard", before: () => answer })
        const error = yield* Effect.flip(Plugin.with(guard)(remove("04b6")))
        assert.instanceOf(error, Vetoed)
        assert.strictEqual(error.entireRun, entireRun)
        assert.strictEqual("entireRun" in error, entireRun !== undefined)
      }
    }).pipe(Effect.provide(overScript([])))
  )

  it.effect("B24 a veto is no answer once something was sent, and neither is the error of another call", () =>
    Effect.gen(function* () {
      const vetoed = new Vetoed({ sessionId: "04b6", outcome: "unknown", attempts: 0, plugin: "x", reason: "no" })
      const { exit } = yield* wrapped((_, next) => Effect.catch(next, () => Effect.fail(vetoed)))
      assert.strictEqual(ends(exit), "OutcomeUnknown unknown")
      const other = new SessionNotFound({ sessionId: "other", outcome: "not-deleted", attempts: 1 })
      const { exit: foreign } = yield* wrapped(() => Effect.fail(other))
      assert.strictEqual(ends(foreign), "Vetoed not-deleted")
    }).pipe(Effect.provide(overScript([reset])))
  )

  it.effect("the spans of attempts are inside of those that a wrapper opens", () =>
    Effect.gen(function* () {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          const parent = Option.getOrUndefined(options.parent)
          spans.push(`${options.name} in ${parent?._tag === "Span" ? parent.name : "nothing"}`)
          return new Tracer.NativeSpan(options)
        }
      })
      const tracing = Plugin.make({ name: "tracing", around: (_, next) => Effect.withSpan(next, "mine") })
      yield* remove("04b6").pipe(Plugin.with(tracing), Effect.withTracer(tracer))
      assert.deepStrictEqual(spans, [
        "Sessions.delete in nothing",
        "mine in Sessions.delete",
        "Sessions.attempt in mine"
      ])
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("B27 no user id gets into the log or a span by way of a plugin", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const talking = Plugin.make({
        name: "talking",
        around: (call) => Effect.fail(Object.assign(new Busy({ outcome: "not-deleted" }), { message: call.userId })),
        after: ({ call }) => Effect.die(new Error(`no such user ${call.userId}`))
      })
      const { lines } = yield* Effect.provide(
        warnings(
          simulate(
            Effect.flatMap(Sessions.make(talking), (sessions) =>
              sessions.delete({ sessionId: "04b6", userId: "tmm-secret" })
            ).pipe(Effect.withTracer(tracer))
          )
        ),
        overScript([])
      )
      assert.strictEqual(lines.length, 1)
      assert.isAbove(spans.length, 0)
      assert.notInclude(lines.join() + inspect(spans, { depth: 9 }), "tmm-secret")
    })
  )

  describe("B27 what one fails with never shows the key", () => {
    class Loud extends Error {
      readonly _tag = "Refusal"
      readonly outcome = "not-deleted"
      readonly keys = new Map([["number", 1]])
      readonly headers = { "x-pd-api-key": canary, retries: 2 }
      readonly tried = ["first", `second ${canary}`]
      readonly innocent = { of: ["everything", Object.create(null)] }
      override readonly cause: Error
      constructor() {
        super(`refused ${canary}`)
        this.cause = new Error(`because of ${canary}`, { cause: this })
      }
    }
    class Told extends Schema.TaggedError<Told>()("Refusal", { outcome: Schema.tag("not-deleted") }) {
      override get message() {
        return `refused ${canary}`
      }
    }
    const plain = (): Refusal & { readonly detail: string } => ({
      _tag: "Refusal",
      outcome: "not-deleted",
      message: `refused ${canary}`,
      detail: canary
    })
    const hidden = () => Object.defineProperty(plain(), "hidden", { value: canary, configurable: true })
    const errors: ReadonlyArray<readonly [what: string, make: () => Refusal]> = [
      ["an error of a class", () => new Loud()],
      ["an error of a class that is frozen", () => Object.freeze(new Loud())],
      ["an error that makes up its message", () => new Told()],
      ["a plain object", plain],
      ["a plain object with a hidden field", hidden],
      ["a plain object that is frozen", () => Object.freeze(plain())]
    ]
    for (const [what, make] of errors) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const mine = make()
          const { exit, lines, told } = yield* wrapped(() => Effect.fail(mine))
          assert.isTrue(Exit.isFailure(exit))
          const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
          assert.deepInclude(error, { _tag: "Refusal", outcome: "not-deleted", message: "refused <redacted>" })
          assert.strictEqual(error === mine, !Object.isFrozen(mine))
          const stack = error instanceof Error ? error.stack : ""
          const shown = inspect([error, exit, told], { depth: 9, showHidden: true })
          assert.notInclude([shown, stack, JSON.stringify(error), lines.join()].join(), canary)
          if (mine instanceof Loud) {
            assert.instanceOf(error, Loud)
            assert.deepInclude(error, {
              headers: { "x-pd-api-key": "<redacted>", retries: 2 },
              tried: ["first", "second <redacted>"]
            })
            assert.strictEqual(error.innocent, mine.innocent)
            assert.strictEqual(error.keys, mine.keys)
            assert.deepInclude(error.cause, { message: "because of <redacted>", cause: "<circular>" })
          }
        }).pipe(Effect.provide(overScript([])))
      )
    }
  })

  it.effect("an interrupted one ends what it has begun", () =>
    Effect.gen(function* () {
      let released = false
      const locking = Plugin.make({
        name: "locking",
        around: (_, next) =>
          Effect.acquireUseRelease(
            Effect.void,
            () => next,
            () => Effect.sync(() => (released = true))
          )
      })
      const fiber = yield* Effect.forkChild(Plugin.with(locking)(remove("04b6")))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(released)
    }).pipe(Effect.provide(overScript([silence])))
  )
})

class Holds extends Context.Service<Holds, ReadonlySet<string>>()("@powerdrill-sessions/core/test/Plugin.test/Holds") {}

const holds = Plugin.make({
  name: "holds",
  before: ({ sessionId }) =>
    Effect.flatMap(Holds, (held) => (held.has(sessionId) ? Plugin.veto("it is held") : Effect.void))
})

class NoFile extends Schema.TaggedError<NoFile>()("NoFile", {}) {}

const fromFile = (found: boolean) =>
  Effect.gen(function* () {
    if (!found) return yield* new NoFile()
    const held = yield* Holds
    return Plugin.make({ name: "from-file", before: () => (held.size > 0 ? Plugin.veto("held") : Effect.void) })
  })

describe("Plugin.layer", () => {
  it.effect("B25 hooks have the services of their layer", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const see = (hook: string) => Effect.map(Holds, (held) => void seen.push(`${hook} ${held.size}`))
      const all = Plugin.make({
        name: "all",
        around: (_, next) => Effect.andThen(see("around"), next),
        onAttempt: () => see("onAttempt"),
        onRetry: () => see("onRetry"),
        after: () => see("after")
      })
      const plugins = Plugin.layer(holds, all).pipe(Layer.provide(Layer.succeed(Holds, new Set(["held"]))))
      const sessions = yield* Effect.provide(Sessions, Layer.provide(overScript([limited, deleted]), plugins))
      const erase = (sessionId: string) => simulate(sessions.delete({ sessionId, userId: "tmm-1" }))
      assert.strictEqual(ends(yield* erase("held")), "Vetoed not-deleted")
      assert.strictEqual(ends(yield* erase("free")), "deleted")
      assert.deepStrictEqual(seen, ["after 1", "around 1", "onAttempt 1", "onRetry 1", "onAttempt 1", "after 1"])
    })
  )

  it.effect("B25 effects build plugins, and their errors are the layer's", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Layer.build(Plugin.layer(fromFile(false)).pipe(Layer.provide(Layer.succeed(Holds, new Set()))))
      )
      assert.strictEqual(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof NoFile, true)
      const plugins = Plugin.layer(fromFile(true)).pipe(Layer.provide(Layer.succeed(Holds, new Set(["x"]))))
      assert.strictEqual(
        ends(yield* Effect.exit(Effect.provide(remove("04b6"), Layer.provide(overScript([]), plugins)))),
        "Vetoed not-deleted"
      )
    }).pipe(Effect.scoped)
  )

  it.effect("is in force wherever it is provided, once", () =>
    Effect.gen(function* () {
      const { plugin, told } = recorder()
      const plugins = Plugin.layer(plugin)
      yield* remove("a").pipe(Effect.provide([overScript([deleted]), plugins]))
      yield* remove("b").pipe(Effect.provide(Layer.provideMerge(overScript([deleted]), plugins)))
      yield* remove("c").pipe(
        Effect.provide([Layer.provide(overScript([deleted]), plugins), Plugin.layer(recorder("other").plugin)])
      )
      assert.deepStrictEqual(
        told.map(({ call }) => String(call.sessionId)),
        ["a", "b", "c"]
      )
    })
  )

  it.effect("B26 two of one name are an error, when they are built or when they are called", () =>
    Effect.gen(function* () {
      const one = Plugin.make({ name: "one", after: () => Effect.void })
      const twice = yield* Effect.flip(
        Layer.build(Plugin.layer(one, Plugin.make({ name: "two", after: () => Effect.void }), one))
      )
      assert.strictEqual(twice.message, 'Two plugins have the name "one". Give one of them another.')
      const again = Effect.provide(Sessions.make(one), Layer.provideMerge(overScript([]), Plugin.layer(one)))
      assert.strictEqual((yield* Effect.flip(again))._tag, "DuplicatePlugin")
      const call = remove("04b6").pipe(Plugin.with(one), Plugin.with(one), Effect.provide(overScript([])))
      const refused = yield* Effect.flip(call)
      assert.match(refused.message, /Plugin "one" refused: two plugins have this name\./)
      assert.deepInclude({ ...refused }, { broken: true })
    }).pipe(Effect.scoped)
  )

  it.effect("several layers add up, however they are put together", () =>
    Effect.gen(function* () {
      const { plugin, told } = recorder()
      const one = Plugin.layer(Plugin.make({ name: "one", before: () => Plugin.veto("no") }))
      const other = Plugin.layer(plugin)
      const client = overScript([])
      const vetoed = Effect.map(Effect.flip(remove("04b6")), (error) => assert.strictEqual(error._tag, "Vetoed"))
      yield* Effect.provide(vetoed, Layer.provide(client, [one, other]))
      yield* Effect.provide(vetoed, client.pipe(Layer.provide(one), Layer.provide(other)))
      yield* Effect.provide(vetoed, Layer.provideMerge(client, Layer.provideMerge(one, other)))
      yield* vetoed.pipe(Plugin.with(plugin), Effect.provide([client, one]))
      assert.strictEqual(told.length, 4)
      const inForce = Plugin.inForce.pipe(
        Plugin.with(Plugin.make({ name: "scoped", after: () => Effect.void })),
        Effect.provide(Layer.provideMerge(one, other))
      )
      assert.strictEqual(
        Plugin.describe(yield* inForce),
        "1. recorder: onAttempt, after\n2. one: before\n3. scoped: after"
      )
      assert.deepStrictEqual(yield* Plugin.inForce, [])
      const twice = Layer.build(
        Layer.provide(client, [one, Plugin.layer(Plugin.make({ name: "one", after: () => Effect.void }))])
      )
      const exit = yield* Effect.exit(twice)
      assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), "Two plugins have the name")
    }).pipe(Effect.scoped)
  )
})

describe("Plugin", () => {
  it("describes the order and the hooks", () => {
    assert.strictEqual(
      Plugin.describe([recorder().plugin, holds, Plugin.make({ name: "last", onRetry: () => Effect.void })]),
      "1. recorder: onAttempt, after\n2. holds: before\n3. last: onRetry"
    )
  })

  it.effect("a veto is an error like others", () =>
    Effect.map(Effect.flip(Plugin.veto("no")), ({ _tag, message }) =>
      assert.deepStrictEqual([_tag, message], ["Veto", "no"])
    )
  )

  it("makes one of a class, and refuses what is none", () => {
    class Guard {
      readonly name = "guard"
      readonly reason = "it is held"
      before() {
        return Plugin.veto(this.reason)
      }
    }
    const made = Plugin.make(new Guard())
    assert.strictEqual(Plugin.describe([made]), "1. guard: before")
    const other: object = { name: "other" }
    for (const [fields, why] of [
      [{}, /it has none of before, around/],
      [{ after: () => Effect.void, befor: () => Effect.void }, /befor is none of before, around/],
      [{ before: true }, /before must be a function/],
      [{ after: () => Effect.void, timeout: "5 sec" }, /timeout must be a duration/],
      [{ name: "" }, /it needs a name/]
    ] as const) {
      assert.throws(() => Reflect.apply(Plugin.make, undefined, [{ ...other, ...fields }]), why)
    }
  })

  it.effect("what was not made by it is looked at when it is built", () =>
    Effect.gen(function* () {
      const plain = { name: "plain", before: () => Plugin.veto("it is held") }
      const error = yield* Effect.flip(Plugin.with(plain)(remove("04b6")))
      assert.strictEqual(error._tag, "Vetoed")
      const misspelled = { name: "misspelled", after: () => Effect.void, befor: () => Plugin.veto("it is held") }
      const exit = yield* Effect.exit(Plugin.with(misspelled)(remove("04b6")))
      assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), "befor is none of")
    }).pipe(Effect.provide(overScript([])))
  )

  it("knows what it has made", () => {
    assert.isTrue(Plugin.isPlugin(holds))
    assert.isFalse(Plugin.isPlugin({ name: "holds" }))
  })

  it.effect("a hook that itself deletes is refused, and starts nothing", () =>
    Effect.gen(function* () {
      const inner: Array<string> = []
      const { plugin, told } = recorder()
      const again = Effect.map(Effect.exit(remove("other")), (exit) => inner.push(ends(exit)))
      const sessions = yield* Sessions
      const reentrant = Plugin.make({
        name: "reentrant",
        before: () => Effect.provideService(again, Sessions, sessions),
        around: (_, next) => Effect.andThen(Effect.provideService(again, Sessions, sessions), next),
        after: () => Effect.provideService(again, Sessions, sessions)
      })
      assert.strictEqual(
        ends(yield* Effect.exit(remove("04b6").pipe(Plugin.with(plugin), Plugin.with(reentrant)))),
        "deleted"
      )
      assert.deepStrictEqual(inner, ["Vetoed not-deleted", "Vetoed not-deleted", "Vetoed not-deleted"])
      assert.strictEqual(told.length, 1)
      assert.strictEqual((yield* requests).length, 1)
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("Plugin.with releases what its plugin has acquired when the effect ends", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const acquired = Effect.as(
        Effect.acquireRelease(
          Effect.sync(() => log.push("acquired")),
          () => Effect.sync(() => log.push("released"))
        ),
        Plugin.make({ name: "acquired", after: () => Effect.sync(() => log.push("told")) })
      )
      yield* Plugin.with(acquired)(Effect.andThen(remove("04b6"), remove("04b7")))
      assert.deepStrictEqual(log, ["acquired", "told", "told", "released"])
    }).pipe(Effect.provide(overScript([deleted, deleted])))
  )

  it.effect("layerTest runs the plugins around its answers", () =>
    Effect.gen(function* () {
      const { attempts, plugin, told } = recorder()
      const error: SessionsError = new OutcomeUnknown({
        sessionId: "04b6",
        outcome: "unknown",
        attempts: 1,
        reason: "timeout"
      })
      const layer = Sessions.layerTest(({ sessionId }) =>
        sessionId === "04b6" ? Effect.fail(error) : Effect.succeed("deleted")
      ).pipe(Layer.provide(Plugin.layer(plugin, holds)), Layer.provide(Layer.succeed(Holds, new Set(["held"]))))
      for (const id of ["04b6", "04b7", "held"]) yield* Effect.exit(Effect.provide(remove(id), layer))
      const wrapping = Plugin.make({ name: "wrapping", around: (_, next) => Effect.delay(next, 0) })
      assert.strictEqual(ends(yield* simulate(Effect.provide(Plugin.with(wrapping)(remove("04b7")), layer))), "deleted")
      assert.deepStrictEqual(
        told.map(({ _tag }) => _tag),
        ["Unknown", "Deleted", "Vetoed", "Deleted"]
      )
      assert.deepStrictEqual(
        attempts.map(({ outcome }) => outcome),
        ["unknown", "deleted", "deleted"]
      )
      const leaving = Plugin.make({
        name: "leaving",
        around: (_, next) => Effect.andThen(Effect.forkDetach(Effect.delay(next, "1 second")), Effect.die("oh"))
      })
      yield* simulate(Effect.provide(Plugin.with(leaving)(remove("04b7")), layer))
      assert.strictEqual(attempts.length, 3)
    })
  )
})

/** A client that breaks, and has the key on its tongue. */
const dying = Sessions.layer.pipe(
  Layer.provide([
    PowerdrillConfig.layer({ apiKey: canary }),
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make(() => Effect.die(new Error(`broken ${canary}`)))
    )
  ])
)
