import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { alarm } from "../../src/internal/alarm.ts"

/** An effect that has so much time. */
const limited = <A>(effect: Effect.Effect<A>, time: Duration.Input) =>
  Effect.withFiber<A | "late">(({ context }) =>
    Effect.callback((resume) => {
      const callOff = alarm(context, Duration.fromInputUnsafe(time), () => resume(Effect.succeed("late")))
      const running = Effect.runForkWith(context)(effect)
      running.addObserver((exit) => {
        callOff()
        resume(exit)
      })
      return Effect.andThen(Effect.sync(callOff), Fiber.interrupt(running))
    })
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

describe("alarm", () => {
  it.effect("rings when its time has come, and not if it is called off", () =>
    Effect.gen(function* () {
      const late = yield* started(limited(Effect.never, "1 second"))
      const inTime = yield* started(limited(Effect.as(Effect.sleep("999 millis"), "in time"), "1 second"))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(late), "late")
      assert.strictEqual(yield* Fiber.join(inTime), "in time")
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
    })
  )
})
