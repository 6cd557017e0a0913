import { Effect, type PlatformError } from "effect"
import { PlanError } from "../PlanError.ts"

/** Says in the runtime's own words, such as "ENOSPC: no space left on device, write", what the file system has refused. */
export const failsAs =
  (path: string, reason: PlanError["reason"]) =>
  <A, R>(effect: Effect.Effect<A, PlatformError.PlatformError, R>): Effect.Effect<A, PlanError, R> =>
    Effect.mapError(
      effect,
      ({ cause, message }) => new PlanError({ path, reason, detail: cause instanceof Error ? cause.message : message })
    )
