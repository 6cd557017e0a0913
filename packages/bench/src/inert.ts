/**
 * A guard, an observer and a budget that are asked and told of every call, and change nothing.
 */
import { Plugin, RateBudget } from "@powerdrill-sessions/core"
import { Duration, Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"

export const guard = Plugin.make({ name: "guard", before: () => Effect.void })

export const observer = Plugin.make({ name: "observer", after: () => Effect.void })

/** It counts every request, and lets nobody wait. */
export const budget = Layer.effect(
  RateBudget,
  Effect.map(RateLimiter.make, (limiter) =>
    RateBudget.make({
      limiter: {
        ...limiter,
        consume: (options) => Effect.map(limiter.consume(options), (result) => ({ ...result, delay: Duration.zero }))
      },
      key: "bench",
      requestsPerSecond: 1e9
    })
  )
).pipe(Layer.provide(RateLimiter.layerStoreMemory))
