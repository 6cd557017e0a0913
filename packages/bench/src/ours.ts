/**
 * Our own way to keep under a limit, with its defaults.
 */
import { PowerdrillConfig, RateBudget, Sessions } from "@powerdrill-sessions/core"
import { Context, Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"
import type { Contender } from "./Team.ts"

/** Several programs share a store; one has its budget in memory, as is the default. */
export const ours: Contender = {
  name: "powerdrill-sessions",
  make: Effect.fnUntraced(function* (documented, clients) {
    const limiter = RateLimiter.layer.pipe(Layer.provide(Layer.fresh(RateLimiter.layerStoreMemory)))
    const shared = Context.get(yield* Layer.build(limiter), RateLimiter.RateLimiter)
    const budget = RateBudget.layer.pipe(Layer.provide(Layer.succeed(RateLimiter.RateLimiter, shared)))
    const layer = Sessions.layer.pipe(
      Layer.provide(clients === 1 ? Layer.empty : Layer.fresh(budget)),
      Layer.provide(PowerdrillConfig.layer({ apiKey: "bench", requestsPerSecond: documented }))
    )
    return yield* Effect.forEach(Array(clients), () =>
      Effect.map(Effect.orDie(Layer.build(Layer.fresh(layer))), (context) => {
        const sessions = Context.get(context, Sessions)
        return (sessionId: string) => sessions.delete({ sessionId, userId: "tmm-1" })
      })
    )
  })
}
