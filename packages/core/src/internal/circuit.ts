/**
 * After the API has refused the key, calls fail fast for a moment rather than hammer it.
 */
import { Cause, Effect, type Exit, Layer, Option } from "effect"
import { CircuitBreaker } from "effect/persistence"
import type { SessionsError } from "../SessionsError.ts"

/** How long nothing is sent after the key was refused; then one attempt may try. */
const openDuration = "5 seconds"

/** Runs an attempt, or fails with `standIn` where the key was refused a moment ago. */
export type Circuit = <A>(
  attempt: Effect.Effect<A, SessionsError>,
  standIn: () => SessionsError
) => Effect.Effect<A, SessionsError>

export const make = CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(1), openDuration }).pipe(
  Effect.map(
    (breaker): Circuit =>
      (attempt, standIn) =>
        breaker
          .execute(attempt, { key: "api-key", classify })
          .pipe(Effect.catchTag("CircuitBreakerError", () => Effect.fail(standIn())))
  ),
  Effect.provide(Layer.fresh(CircuitBreaker.layerStoreMemory()))
)

const classify = <A>(exit: Exit.Exit<A, SessionsError>): CircuitBreaker.Outcome => {
  if (exit._tag === "Success") return CircuitBreaker.success
  const error = Cause.findErrorOption(exit.cause)
  return Option.isSome(error) && error.value._tag === "Unauthorized"
    ? CircuitBreaker.failure()
    : CircuitBreaker.ignored
}
