import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { within } from "../../src/internal/within.ts"

/** What a fiber under a time limit comes to, and the limit's own clock. */
const limited = <A>(effect: Effect.Effect<A>, time: Duration.Input) =>
  Effect.withFiber<A | "late">((fiber) =>
    within<A | "late">(effect, fiber.context, Duration.fromInputUnsafe(time), () => "late")
  )

const started = <A>(effect: Effect.Effect<A>) => Effect.forkChild(effect, { startImmediately: true })

/** A clock that counts the sleeps that have begun, and those that have not ended. */
const counting = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const sleeps = { begun: 0, lasting: 0 }
  const sleep = (duration: Duration.Duration) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        sleeps.begun++
        sleeps.lasting++
      }),
      () => clock.sleep(duration),
      () => Effect.sync(() => sleeps.lasting--)
    )
  const counted: Clock.Clock = Object.assign(Object.create(clock), { sleep })
  return { sleeps, counted: Effect.provideService(Clock.Clock, counted) }
})

describe("within", () => {
  it.effect("gives what comes in time", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* limited(Effect.succeed("at once"), "1 second"), "at once")
      const fiber = yield* started(limited(Effect.as(Effect.sleep("999 millis"), "in time"), "1 second"))
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "in time")
    })
  )

  it.effect("when the time is up it says so at once, and interrupts what is late", () =>
    Effect.gen(function* () {
      let interrupted = false
      const stubborn = Effect.never.pipe(
        Effect.onInterrupt(() =>
          Effect.andThen(
            Effect.sync(() => (interrupted = true)),
            Effect.sleep("1 hour")
          )
        )
      )
      const fiber = yield* started(limited(stubborn, "1 second"))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.isTrue(interrupted)
    })
  )

  it.effect("interrupted, it waits until what was running has let go", () =>
    Effect.gen(function* () {
      let released = false
      const release = Effect.andThen(
        Effect.sleep("100 millis"),
        Effect.sync(() => (released = true))
      )
      const fiber = yield* started(
        limited(
          Effect.onInterrupt(Effect.never, () => release),
          "1 second"
        )
      )
      const interrupting = yield* started(Fiber.interrupt(fiber))
      yield* TestClock.adjust("99 millis")
      assert.isUndefined(interrupting.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(interrupting)
      assert.isTrue(released)
    })
  )

  it.effect("many have one timer, and each its own time", () =>
    Effect.gen(function* () {
      const { counted, sleeps } = yield* counting
      const late: Array<number> = []
      const wait = (seconds: number) =>
        Effect.map(limited(Effect.never, Duration.seconds(seconds)), () => late.push(seconds)).pipe(counted, started)
      for (const seconds of [2, 3, 2, 5]) yield* wait(seconds)
      assert.deepStrictEqual(sleeps, { begun: 1, lasting: 1 })
      // Earlier than all of them.
      yield* wait(1)
      assert.deepStrictEqual(sleeps, { begun: 2, lasting: 1 })
      for (const expected of [[1], [1, 2, 2], [1, 2, 2, 3], [1, 2, 2, 3]]) {
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(late, expected)
      }
      yield* wait(3)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(late, [1, 2, 2, 3, 5, 3])
      assert.strictEqual(sleeps.lasting, 0)
    })
  )

  it.effect("leaves no timer behind: not of what came in time, nor of what was late or interrupted", () =>
    Effect.gen(function* () {
      const { counted, sleeps } = yield* counting
      yield* limited(Effect.yieldNow, "1 hour").pipe(counted)
      assert.deepStrictEqual(sleeps, { begun: 1, lasting: 0 })
      const late = yield* started(limited(Effect.never, "1 second").pipe(counted))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(late)
      assert.deepStrictEqual(sleeps, { begun: 2, lasting: 0 })
      const interrupted = yield* started(limited(Effect.never, "1 hour").pipe(counted))
      const another = yield* started(limited(Effect.never, "1 hour").pipe(counted))
      yield* Fiber.interrupt(interrupted)
      assert.strictEqual(sleeps.lasting, 1)
      yield* Fiber.interrupt(another)
      assert.strictEqual(sleeps.lasting, 0)
      assert.deepStrictEqual(yield* limited(Effect.succeed(1), "1 hour").pipe(counted), 1)
      assert.deepStrictEqual(sleeps, { begun: 3, lasting: 0 })

      // One that goes on after its time is up has no part in it any more.
      const stubborn = yield* started(limited(Effect.uninterruptible(Effect.sleep("1 day")), "1 second").pipe(counted))
      yield* TestClock.adjust("1 second")
      yield* limited(Effect.yieldNow, "1 hour").pipe(counted)
      assert.strictEqual(sleeps.lasting, 1)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* Fiber.join(stubborn), "late")
    })
  )
})
