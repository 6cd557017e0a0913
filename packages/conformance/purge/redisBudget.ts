/**
 * A budget that several processes share, in Redis.
 */
import * as NodeRedis from "@effect/platform-node/NodeRedis"
import { type PowerdrillConfig, RateBudget } from "@powerdrill-sessions/core"
import { Layer } from "effect"
import { RateLimiter, type Redis } from "effect/persistence"

/** In the Redis at a Unix socket. */
export const layer = (path: string): Layer.Layer<RateBudget, Redis.RedisError, PowerdrillConfig> =>
  RateBudget.layer.pipe(
    Layer.provide(RateLimiter.layer),
    Layer.provide(RateLimiter.layerStoreRedis()),
    Layer.provide(NodeRedis.layer({ socket: { path, tls: false } }))
  )
