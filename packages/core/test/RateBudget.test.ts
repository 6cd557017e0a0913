import { BudgetExhausted, PowerdrillConfig, RateBudget, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { TestClock } from "effect/testing"
import { immediate } from "../src/internal/immediate.ts"
import { fixedWindow, type Limit, slidingWindow, tokenBucket } from "./support/Limit.ts"
import { canary, overScript, remove, requestCount } from "./support/sessions.ts"

const forever = Duration.hours(1)

/** How many turns are given in so much simulated time. */
const takeFor = Effect.fnUntraced(function* (budget: RateBudget["Service"], time: Duration.Input, fibers = 8) {
  const times: Array<number> = []
  const fiber = yield* Effect.forkChild(
    Effect.all(
      Array.from({ length: fibers }, () =>
        Effect.forever(
          Effect.andThen(
            budget.take(forever),
            Effect.map(Clock.currentTimeMillis, (now) => times.push(now))
          )
        )
      ),
      { concurrency: "unbounded" }
    )
  )
  yield* TestClock.adjust(time)
  yield* Fiber.interrupt(fiber)
  return times
})

/** A server in simulated time: 50 ms for each request, and a limit. */
const overLimit = (limit: Limit, seen: { requests: number; refused: number }, requestsPerSecond = 20) =>
  Sessions.layer.pipe(
    Layer.provide([
      PowerdrillConfig.layer({ apiKey: canary, requestsPerSecond, deadline: "1 hour" }),
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.gen(function* () {
            yield* Effect.sleep("25 millis")
            const admitted = limit.admit(yield* Clock.currentTimeMillis)
            seen.requests++
            if (!admitted) seen.refused++
            yield* Effect.sleep("25 millis")
            return HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ code: admitted ? 0 : 201 })))
          })
        )
      )
    ])
  )

/** Retried until it is done. */
const persistently = RetryPolicy.withPolicy(Schedule.spaced("1 millis"))

/** How many sessions are deleted in phases of so many seconds. */
const drain = Effect.fnUntraced(function* (
  count: number,
  phases: ReadonlyArray<readonly [seconds: number, begin: () => void]>
) {
  let done = 0
  const fiber = yield* Effect.forkChild(
    Effect.forEach(
      Array.from({ length: count }, (_, index) => `session-${index}`),
      (id) => Effect.map(persistently(remove(id)), () => done++),
      { concurrency: 16, discard: true }
    )
  )
  for (const [seconds, begin] of phases) {
    begin()
    yield* TestClock.adjust(Duration.seconds(seconds))
  }
  yield* Fiber.interrupt(fiber)
  return done
})

describe("RateBudget", () => {
  it.effect("a lone first call never waits", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.take(Duration.zero)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.effect("gives turns one after the other, at 0.97 of the rate", () =>
    Effect.gen(function* () {
      const times = yield* takeFor(yield* RateBudget.makeMemory(20), "10 seconds")
      assert.isAtLeast(times.length, 190)
      assert.isAtMost(times.length, 195)
      for (let i = 1; i < times.length; i++) assert.isAtLeast((times[i] ?? 0) - (times[i - 1] ?? 0), 51)
    })
  )

  it.effect("gives a turn at once where there is one and nobody waits", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(10)
      const takeNow = Effect.map(Clock.currentTimeMillis, (now) => immediate(budget)?.take(now))
      assert.isTrue(yield* takeNow)
      assert.isFalse(yield* takeNow)
      yield* TestClock.adjust("102 millis")
      assert.isFalse(yield* takeNow)
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* takeNow)
      // Whoever waits is the next.
      const waiting = yield* Effect.forkChild(budget.take(forever), { startImmediately: true })
      const next = yield* Effect.forkChild(budget.take(forever), { startImmediately: true })
      yield* TestClock.adjust("104 millis")
      yield* Fiber.join(waiting)
      yield* TestClock.adjust("50 millis")
      assert.isFalse(yield* takeNow)
      yield* Fiber.interrupt(next)
      // Nor is it given while the turn of somebody who has left is not taken, nor while all are halted.
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* takeNow)
      yield* budget.take(Duration.zero)
      yield* TestClock.adjust("1 second")
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(5) })
      yield* TestClock.adjust("4999 millis")
      assert.isFalse(yield* takeNow)
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* takeNow)
    })
  )

  it.effect("gives many turns in a millisecond where the rate is that high", () =>
    Effect.gen(function* () {
      for (const takes of [true, false]) {
        const budget = yield* RateBudget.makeMemory(5_000)
        let turns = 0
        for (let millis = 0; millis < 200; millis++) {
          while (takes && immediate(budget)?.take(yield* Clock.currentTimeMillis) === true) turns++
          while (!takes && (yield* Effect.isSuccess(budget.take(Duration.zero)))) turns++
          yield* TestClock.adjust("1 millis")
        }
        assert.closeTo(turns, 200 * 4.85, 10)
      }
    })
  )

  it.effect("goes on where the clock is put back", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(10)
      const take = (now: number) => immediate(budget)?.take(now)
      assert.isTrue(take(10_000_000))
      assert.isFalse(take(5_000))
      assert.isFalse(take(5_102))
      assert.isTrue(take(5_103))
    })
  )

  it.effect("a budget that somebody has put something around is asked and told", () =>
    Effect.gen(function* () {
      const inner = yield* RateBudget.makeMemory(1e9)
      const seen: Array<string> = []
      const metered = RateBudget.of({
        take: (within) => {
          seen.push("take")
          return inner.take(within)
        },
        report: (answer) => {
          seen.push(`report ${answer.refused}`)
          return inner.report(answer)
        }
      })
      const layer = overScript([ScriptedHttpClient.respond({ code: 0 })])
      yield* remove("04b6").pipe(Effect.provide(layer.pipe(Layer.provide(Layer.succeed(RateBudget, metered)))))
      assert.deepStrictEqual(seen, ["take", "report false"])
    })
  )

  it.effect("a budget over a store has no turn without asking it", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make
      const budget = RateBudget.make({ limiter, key: "key", requestsPerSecond: 20 })
      assert.isFalse(immediate(budget)?.take(0))
      yield* budget.take(Duration.zero)
    }).pipe(Effect.provide(RateLimiter.layerStoreMemory))
  )

  it.effect("Infinity is no limit", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(Infinity)
      yield* Effect.all(
        Array.from({ length: 1_000 }, () => budget.take(Duration.zero)),
        { concurrency: "unbounded" }
      )
    })
  )

  it.effect("fails at once when there is no room in time, and says when there would be", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(1)
      yield* budget.take(forever)
      const waiting = yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust(0)
      const error = yield* Effect.flip(budget.take(Duration.millis(500)))
      assert.instanceOf(error, BudgetExhausted)
      assert.isAbove(Duration.toMillis(error.wait ?? 0), 500)
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("B15 whoever waits for a turn can be interrupted, and the others go on", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(1)
      yield* budget.take(forever)
      const first = yield* Effect.forkChild(budget.take(forever))
      const second = yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(second)
      assert.strictEqual(yield* Clock.currentTimeMillis, 3_100)
    })
  )

  it.effect("B15 calls that are stopped one after the other leave no debt behind", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.take(forever)
      for (let call = 0; call < 1_000; call++) {
        const fiber = yield* Effect.forkChild(budget.take(forever))
        yield* TestClock.adjust(0)
        yield* Fiber.interrupt(fiber)
        yield* Effect.flip(budget.take(Duration.millis(1)))
      }
      yield* TestClock.adjust("60 millis")
      yield* budget.take(Duration.zero)
    })
  )

  it.effect("an API that asks for days holds up the others for two minutes", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.report({ refused: true, retryAfter: Duration.days(25) })
      const fiber = yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust("119 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
    })
  )

  it.effect("B18 a budget that never answers ends with the deadline, and nothing is sent", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.timed(Effect.flip(remove("a"))))
      yield* TestClock.adjust("1 hour")
      const [took, error] = yield* Fiber.join(fiber)
      assert.strictEqual(Duration.toMillis(took), 5_000)
      assert.deepInclude({ ...error }, { _tag: "RateLimited", limitedBy: "budget", attempts: 0 })
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(
      Effect.provide(
        Sessions.layer.pipe(
          Layer.provide(Layer.succeed(RateBudget, { take: () => Effect.never, report: () => Effect.void })),
          Layer.provide(PowerdrillConfig.layer({ apiKey: canary, deadline: "5 seconds" })),
          Layer.provideMerge(ScriptedHttpClient.layer([]))
        )
      )
    )
  )

  it.effect("B19 one refusal makes everyone pause, and go on more slowly", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.take(forever)
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(3) })
      const times = yield* takeFor(budget, "4 seconds")
      assert.isAtLeast(times[0] ?? 0, 3_000)
      assert.isAtMost(times.length, 11)
    })
  )

  it.effect("a halt that outlasts the time given is refused, also when it begins while one waits", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(100_000)
      const budget = yield* RateBudget.makeMemory(1)
      yield* budget.take(Duration.zero)
      const waiting = yield* Effect.forkChild(Effect.flip(budget.take(Duration.seconds(5))))
      yield* TestClock.adjust("500 millis")
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(20) })
      const late = yield* Effect.flip(budget.take(Duration.seconds(5)))
      assert.isAtLeast(Duration.toMillis(late.wait ?? 0), 20_000)
      yield* TestClock.adjust("4500 millis")
      const error = yield* Fiber.join(waiting)
      assert.isAbove(Duration.toMillis(error.wait ?? 0), 15_000)
      assert.isAtMost(yield* Clock.currentTimeMillis, 105_000)
    })
  )

  it.effect("a halt that is prolonged while one waits is waited for", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(1) })
      const waiting = yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust("500 millis")
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(2) })
      yield* TestClock.adjust("1500 millis")
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(2) })
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(waiting)
    })
  )

  it.effect("after a halt requests are as far apart as ever, also where one waited when it began", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      yield* budget.take(forever)
      yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust("10 millis")
      for (let i = 0; i < 10; i++) yield* budget.report({ refused: false })
      yield* budget.report({ refused: true, retryAfter: Duration.seconds(1) })
      const times = yield* takeFor(budget, "2 seconds")
      assert.isAtLeast(times[0] ?? 0, 1_010 + 51)
      assert.isAtMost(times[0] ?? 0, 1_010 + 2 * 104)
    })
  )

  it.effect("what was granted decides how slow it becomes", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(20)
      for (let i = 0; i < 10; i++) yield* budget.report({ refused: false })
      yield* budget.report({ refused: true })
      const times = yield* takeFor(budget, "3 seconds")
      assert.isAtLeast(times[0] ?? 0, 103)
      assert.closeTo((times[2] ?? 0) - (times[1] ?? 0), 1_000 / 9.7, 1)
    })
  )

  it.effect("the places of those who gave up in the queue are free again", () =>
    Effect.gen(function* () {
      const budget = yield* RateBudget.makeMemory(1)
      yield* budget.take(Duration.zero)
      yield* Effect.forkChild(budget.take(forever))
      yield* TestClock.adjust(0)
      const queued = yield* Effect.forEach(Array.from({ length: 5 }), () => Effect.forkChild(budget.take(forever)))
      yield* TestClock.adjust(0)
      yield* Fiber.interruptAll(queued)
      const next = yield* Effect.forkChild(Effect.result(budget.take(Duration.seconds(3))))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(next))._tag, "Success")
    })
  )

  it.effect("budgets in memory have nothing to do with each other, also where layers are shared", () =>
    Effect.gen(function* () {
      const both = Layer.effectDiscard(
        Effect.gen(function* () {
          for (const budget of [yield* RateBudget.makeMemory(1), yield* RateBudget.makeMemory(1)]) {
            yield* budget.take(Duration.zero)
          }
        })
      )
      yield* Layer.build(Layer.provideMerge(both, RateLimiter.layerStoreMemory))
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.effect("asks the limiter for one request of the bucket, at the pace of the moment", () =>
    Effect.gen(function* () {
      const asked: Array<Parameters<RateLimiter.RateLimiter["consume"]>[0]> = []
      const limiter: RateLimiter.RateLimiter = {
        ...(yield* RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory))),
        consume: (options) => {
          asked.push(options)
          return Effect.succeed({ delay: Duration.zero, limit: 1, remaining: 0, resetAfter: Duration.zero })
        }
      }
      yield* RateBudget.make({ limiter, key: "team", requestsPerSecond: 20 }).take(Duration.zero)
      assert.strictEqual(asked.length, 1)
      const { window = 0, ...options } = { ...asked[0] }
      assert.deepStrictEqual(options, { algorithm: "token-bucket", onExceeded: "delay", key: "team", limit: 1 })
      assert.closeTo(Duration.toMillis(window), 1_000 / 19.4, 0.001)
    })
  )

  it.effect("a store that fails closes the budget: it is asked once, and nothing is sent", () => {
    let asked = 0
    return Effect.gen(function* () {
      const call = yield* Effect.forkChild(Effect.flip(remove("a")))
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(
        { ...(yield* Fiber.join(call)) },
        { _tag: "RateLimited", limitedBy: "budget", outcome: "not-deleted", attempts: 0 }
      )
      assert.strictEqual(asked, 1)
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(
      Effect.provide(
        Sessions.layer.pipe(
          Layer.provide(
            Layer.succeed(RateBudget, {
              take: () =>
                Effect.suspend(() => {
                  asked++
                  return Effect.fail(new BudgetExhausted({}))
                }),
              report: () => Effect.void
            })
          ),
          Layer.provide(PowerdrillConfig.layer({ apiKey: canary })),
          Layer.provideMerge(ScriptedHttpClient.layer([]))
        )
      )
    )
  })

  it.effect("the store sees a digest of the key, never the key, and its failure closes the budget", () =>
    Effect.gen(function* () {
      const keys: Array<string> = []
      const limiter: RateLimiter.RateLimiter = {
        ...(yield* RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory))),
        consume: ({ key }) => {
          keys.push(key)
          return Effect.fail(
            new RateLimiter.RateLimiterError({ reason: new RateLimiter.RateLimitStoreError({ message: "down" }) })
          )
        }
      }
      const budget = yield* RateBudget.pipe(
        Effect.provide(
          RateBudget.layer.pipe(
            Layer.provide([Layer.succeed(RateLimiter.RateLimiter, limiter), PowerdrillConfig.layer({ apiKey: canary })])
          )
        )
      )
      const error = yield* Effect.flip(budget.take(forever))
      assert.instanceOf(error, BudgetExhausted)
      assert.isUndefined(error.wait)
      assert.match(keys[0] ?? "", /^powerdrill-sessions\/[0-9a-f]{64}$/)
    })
  )

  it.effect("B18 a call that cannot begin before its deadline is refused by the budget, and sends nothing", () =>
    Effect.gen(function* () {
      const calls = yield* Effect.forkChild(
        Effect.forEach(["a", "b", "c", "d", "e"], (id) => Effect.result(remove(id)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("10 seconds")
      const results = yield* Fiber.join(calls)
      const refused = results.flatMap((result) => (result._tag === "Failure" ? [result.failure] : []))
      assert.isAbove(refused.length, 0)
      for (const error of refused) {
        assert.deepInclude({ ...error }, { _tag: "RateLimited", limitedBy: "budget", attempts: 0 })
        assert.match(error.message, /nothing was sent/)
      }
      assert.strictEqual(yield* requestCount, results.length - refused.length)
    }).pipe(
      Effect.provide(
        overScript(
          Array.from({ length: 5 }, () => ScriptedHttpClient.respond({ code: 0 })),
          { requestsPerSecond: 1, deadline: "2500 millis" }
        )
      )
    )
  )

  it.effect("two that share a store get equal shares, however many calls wait in each", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory))
      const few = RateBudget.make({ limiter, key: "team", requestsPerSecond: 20 })
      const many = RateBudget.make({ limiter, key: "team", requestsPerSecond: 20 })
      const counts = { few: 0, many: 0 }
      const taking = (budget: RateBudget["Service"], who: "few" | "many", fibers: number) =>
        Effect.forEach(
          Array.from({ length: fibers }),
          () =>
            Effect.forever(
              Effect.andThen(
                budget.take(forever),
                Effect.sync(() => counts[who]++)
              )
            ),
          { concurrency: "unbounded", discard: true }
        )
      const fiber = yield* Effect.forkChild(
        Effect.all([taking(few, "few", 1), taking(many, "many", 50)], { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.interrupt(fiber)
      assert.isAtMost(Math.abs(counts.few - counts.many), 4, JSON.stringify(counts))
      assert.isAtLeast(counts.few + counts.many, 188)
      assert.isAtMost(counts.few + counts.many, 196)
    })
  )

  it.effect("gives way to another program that takes half of the limit, and takes it back", () =>
    Effect.gen(function* () {
      const limit = slidingWindow(() => 20)
      const seen = { requests: 0, refused: 0 }
      let foreignPause = Infinity
      const foreign = yield* Effect.forkChild(
        Effect.forever(
          Effect.suspend(() =>
            Effect.andThen(
              Effect.sleep(foreignPause === Infinity ? 1_000 : foreignPause),
              Effect.map(Clock.currentTimeMillis, (now) => foreignPause === Infinity || limit.admit(now))
            )
          )
        )
      )
      const done = { alone: 0, shared: 0, again: 0 }
      let phase: keyof typeof done = "alone"
      const work = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 10_000 }, (_, index) => `session-${index}`),
          (id) => Effect.map(persistently(remove(id)), () => done[phase]++),
          { concurrency: 16, discard: true }
        ).pipe(Effect.provide(overLimit(limit, seen)))
      )
      yield* TestClock.adjust("20 seconds")
      phase = "shared"
      foreignPause = 100
      yield* TestClock.adjust("40 seconds")
      phase = "again"
      foreignPause = Infinity
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.interruptAll([work, foreign])
      assert.isAtLeast(done.shared, 40 * 10 * 0.8)
      assert.isAtLeast(done.again, 30 * 20 * 0.85)
      assert.isAtMost(seen.refused / seen.requests, 0.04)
    })
  )

  for (const [kind, make] of Object.entries({ fixedWindow, slidingWindow, tokenBucket })) {
    it.effect(`nothing is refused by a server that counts by ${kind}, at 96 % of its limit or more`, () =>
      Effect.gen(function* () {
        const seen = { requests: 0, refused: 0 }
        const done = yield* Effect.provide(
          drain(10_000, [[60, () => {}]]),
          overLimit(
            make(() => 20),
            seen
          )
        )
        assert.strictEqual(seen.refused, 0)
        assert.isAtLeast(done, 60 * 20 * 0.96)
      })
    )

    it.effect(`follows a limit of 20, then 5, then 20 requests a second by ${kind}`, () =>
      Effect.gen(function* () {
        const seen = { requests: 0, refused: 0 }
        let limit = 20
        const server = overLimit(
          make(() => limit),
          seen
        )
        const done = yield* drain(10_000, [
          [20, () => (limit = 20)],
          [20, () => (limit = 5)],
          [30, () => (limit = 20)]
        ]).pipe(Effect.provide(server))
        const possible = 20 * 20 + 5 * 20 + 20 * 30
        assert.isAtLeast(done / possible, 0.8)
        assert.isAtMost(seen.refused / seen.requests, 0.02)
      })
    )
  }
})
