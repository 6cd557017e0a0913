/**
 * An effect that has so much time, and no more.
 */
import { type Context, type Duration, Effect, Fiber } from "effect"
import { alarm } from "./alarm.ts"

/**
 * Runs an effect on a fiber of its own, in the context given. When the time is up it is interrupted, and nobody waits for
 * it. It is what each request costs most of, apart from the request: `Effect.timeoutOrElse` does the same, and takes longer.
 */
export const within = <A>(
  effect: Effect.Effect<A>,
  context: Context.Context<never>,
  time: Duration.Duration,
  orElse: () => A
): Effect.Effect<A> =>
  Effect.callback<A>((resume) => {
    const running = Effect.runForkWith(context)(effect)
    const ended = running.pollUnsafe()
    if (ended !== undefined) return resume(ended)
    const callOff = alarm(context, time, () => {
      resume(Effect.succeed(orElse()))
      running.interruptUnsafe()
    })
    running.addObserver((exit) => {
      callOff()
      resume(exit)
    })
    return Fiber.interrupt(running)
  })
