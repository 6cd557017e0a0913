/**
 * What else one would use to keep under a limit, each as its documentation says.
 */
import { AdaptiveRetryStrategy } from "@smithy/core/retry"
import type { RetryStrategyV2 } from "@smithy/types"
import Bottleneck from "bottleneck"
import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { RateLimiter } from "effect/persistence"
import PQueue from "p-queue"
import pRetry from "p-retry"
import type { Contender } from "./Team.ts"

const withRateLimiter: Contender = {
  name: "`effect/http`, `withRateLimiter`",
  make: Effect.fnUntraced(function* (limit, clients) {
    const http = yield* HttpClient.HttpClient
    const limiter = yield* RateLimiter.make.pipe(Effect.provide(Layer.fresh(RateLimiter.layerStoreMemory)))
    return Array.from({ length: clients }, () => {
      const client = HttpClient.withRateLimiter(http, { limiter, key: "team", limit, window: "1 second" })
      return (sessionId: string) => client.del(`http://localhost/${sessionId}`)
    })
  })
}

/** Sends one request; rejects where it was refused. */
type Send = () => Promise<void>

/** Programs that share nothing, and have each been told their part of the limit. */
const byPromises = (name: string, make: (limit: number) => (send: Send) => Promise<unknown>): Contender => ({
  name,
  make: Effect.fnUntraced(function* (documented, clients) {
    const http = yield* HttpClient.HttpClient
    const run = Effect.runPromiseWith(yield* Effect.context<never>())
    return Array.from({ length: clients }, () => {
      const within = make(documented / clients)
      return (sessionId: string) =>
        Effect.tryPromise(() =>
          within(async () => {
            const { status } = await run(http.del(`http://localhost/${sessionId}`))
            if (status === 429) throw new Error("It is refused.")
          })
        )
    })
  })
})

const second = 1_000

const queued = (options: { readonly strict: boolean }) => (limit: number) => {
  const waiting = new PQueue({ interval: second, intervalCap: limit, ...options })
  return (send: Send) => pRetry(() => waiting.add(send))
}

const scheduled = (limiter: Bottleneck) => (send: Send) => pRetry(() => limiter.schedule(send))

/** As often as is allowed in each second. */
export const queue = byPromises("`p-queue`, `p-retry`", queued({ strict: false }))

export const peers: ReadonlyArray<Contender> = [
  byPromises("`p-retry`", () => (send) => pRetry(send)),
  queue,
  byPromises("`p-queue` with `strict`, `p-retry`", queued({ strict: true })),
  byPromises("`bottleneck` with a reservoir, `p-retry`", (limit) =>
    scheduled(new Bottleneck({ reservoir: limit, reservoirRefreshAmount: limit, reservoirRefreshInterval: second }))
  ),
  byPromises("`bottleneck` with `minTime`, `p-retry`", (limit) =>
    scheduled(new Bottleneck({ minTime: second / limit }))
  ),
  byPromises("AWS's adaptive mode", () => {
    const strategy: RetryStrategyV2 = new AdaptiveRetryStrategy(3)
    return async (send) => {
      for (let token = await strategy.acquireInitialRetryToken("team"); ;) {
        try {
          await send()
          return strategy.recordSuccess(token)
        } catch {
          // Fails where it is to be given up.
          token = await strategy.refreshRetryTokenForRetry(token, { errorType: "THROTTLING" })
        }
      }
    }
  }),
  withRateLimiter
]
