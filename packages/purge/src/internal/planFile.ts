import { Effect, type PlatformError } from "effect"
import { PlanError } from "../PlanError.ts"

/** Says in the runtime's own words, such as "ENOSPC: no space left on device, write", what the file system has refused. */
export const failsAs =
  (path: string, reason: PlanError["reason"]) =>
  <A, R>(effect: Effect.Effect<A, PlatformError.PlatformError, R>): Effect.Effect<A, PlanError, R> =>
    Effect.mapError(effect, (error) => toPlanError(path, reason, error))

export const toPlanError = (path: string, reason: PlanError["reason"], error: PlatformError.PlatformError) =>
  new PlanError({ path, reason, detail: error.cause instanceof Error ? error.cause.message : error.message })
