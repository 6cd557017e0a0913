/**
 * The team's request rate, shared by all its calls.
 *
 * The API allows 20 requests a second per team, all endpoints and processes together, and says no more than "request
 * frequency limit" when there were more. A budget keeps calls from being refused at all: each attempt waits its turn.
 * When the API refuses nevertheless, because something else uses the team's rate or the limit is lower than documented,
 * everyone stops for a moment and goes on at the pace that was really granted.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, Layer, Redacted, Schema, Semaphore } from "effect"
import { Digest } from "effect/crypto"
import { RateLimiter } from "effect/persistence"
import { withImmediate } from "./internal/immediate.ts"
import * as Pace from "./internal/pace.ts"
import { PowerdrillConfig } from "./PowerdrillConfig.ts"

/**
 * There is no room for another request in time. Nothing was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class BudgetExhausted extends Schema.TaggedError<BudgetExhausted>()("BudgetExhausted", {
  /** When there would be room; absent where the budget cannot tell, because its store does not answer. */
  wait: Schema.optionalKey(Schema.DurationFromMillis)
}) {}

/**
 * A budget of requests.
 *
 * **Details**
 *
 * {@link Sessions.layer} makes one of its own, in memory, with the rate of {@link PowerdrillConfig}. To share the rate
 * with other processes, provide it with {@link RateBudget.layer} over a `RateLimiter` whose store they share.
 *
 * **Example** (One budget for several processes)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { RateLimiter } from "effect/persistence"
 * import { PowerdrillConfig, RateBudget, Sessions } from "@powerdrill-sessions/core"
 *
 * declare const store: Layer.Layer<RateLimiter.RateLimiterStore> // such as RateLimiter.layerStoreRedis()
 *
 * const layer = Sessions.layer.pipe(
 *   Layer.provide(RateBudget.layer),
 *   Layer.provide([RateLimiter.layer.pipe(Layer.provide(store)), FetchHttpClient.layer]),
 *   Layer.provide(PowerdrillConfig.layerConfig())
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class RateBudget extends Context.Service<
  RateBudget,
  {
    /** Waits for the turn of one request, in order. Fails at once where it could not begin within the time given. */
    readonly take: (within: Duration.Duration) => Effect.Effect<void, BudgetExhausted>
    /** Tells how the API took a request. */
    readonly report: (answer: RateBudget.Answer) => Effect.Effect<void>
  }
>()("@powerdrill-sessions/core/RateBudget") {
  /**
   * A budget over a `RateLimiter`: requests one after the other at 0.97 of the documented rate, which neither fixed nor
   * sliding windows nor token buckets refuse.
   *
   * **Details**
   *
   * `key` names the bucket in the limiter's store. One reservation is made at a time, so that several processes that
   * share a store get equal shares, whatever the number of calls that wait in each. A store that fails closes the
   * budget.
   *
   * @since 0.1.0
   */
  static readonly make = (options: {
    readonly limiter: RateLimiter.RateLimiter
    readonly key: string
    readonly requestsPerSecond: number
  }): RateBudget["Service"] => make(options.requestsPerSecond, new Shared(options.limiter, options.key))

  /**
   * A budget of this process alone; `Infinity` is no limit.
   *
   * @since 0.1.0
   */
  static readonly makeMemory = (requestsPerSecond: number): Effect.Effect<RateBudget["Service"]> =>
    Effect.sync(() => (requestsPerSecond === Infinity ? RateBudget.unlimited : make(requestsPerSecond, new Own())))

  /**
   * A budget over the `RateLimiter` and the settings that are provided. The limiter's store sees a digest of the API
   * key, never the key.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<RateBudget, never, RateLimiter.RateLimiter | PowerdrillConfig> = Layer.effect(
    RateBudget,
    Effect.gen(function* () {
      const { apiKey, requestsPerSecond } = yield* PowerdrillConfig
      const limiter = yield* RateLimiter.RateLimiter
      const digest = yield* Digest.Digest
      const hash = yield* digest.digestHex(Digest.sha256, new TextEncoder().encode(Redacted.value(apiKey)))
      return RateBudget.make({ limiter, key: `powerdrill-sessions/${hash}`, requestsPerSecond })
    })
  ).pipe(Layer.provide(Digest.layerWebCrypto))

  /**
   * No budget at all: nothing waits, and only the API refuses.
   *
   * @since 0.1.0
   */
  static readonly unlimited: RateBudget["Service"] = { take: () => Effect.void, report: () => Effect.void }
}

/**
 * @since 0.1.0
 */
export declare namespace RateBudget {
  /**
   * How the API took a request.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Answer {
    /** Whether it was refused for the rate. */
    readonly refused: boolean
    /** For how long, if the API said so. */
    readonly retryAfter?: Duration.Duration | undefined
  }
}

/** The clock knows no part of a millisecond: what is less than one away is now. */
const resolution = 1

/** Where turns come from: one request in an interval, in milliseconds. Times are milliseconds since 1970. */
interface Turns {
  /** When the next turn is. One that is taken cannot be given back. */
  readonly next: (now: number, interval: number) => Effect.Effect<number, BudgetExhausted>
  /** Takes the next one if it is now. Absent where that is not known without asking. */
  readonly take?: (now: number, interval: number) => boolean
}

/** Those of this process alone: a bucket of one token, which counts as that of a `RateLimiter` does. */
class Own implements Turns {
  private tokens = 1
  private refilledAt = 0

  next(now: number, interval: number) {
    this.refill(now, interval)
    this.tokens -= 1
    return Effect.succeed(Math.max(now, this.refilledAt - this.tokens * interval))
  }

  take(now: number, interval: number) {
    this.refill(now, interval)
    if (this.refilledAt + (1 - this.tokens) * interval >= now + resolution) return false
    this.tokens -= 1
    return true
  }

  private refill(now: number, interval: number) {
    const earned = Math.max(0, Math.floor((now - this.refilledAt) / interval))
    this.tokens = Math.min(1, this.tokens + earned)
    // Where the clock was put back, the token comes one interval from now.
    this.refilledAt = this.tokens === 1 ? now : Math.min(now, this.refilledAt + earned * interval)
  }
}

/** Those of all who share a limiter's store. */
class Shared implements Turns {
  private readonly limiter: RateLimiter.RateLimiter
  private readonly key: string

  constructor(limiter: RateLimiter.RateLimiter, key: string) {
    this.limiter = limiter
    this.key = key
  }

  next(now: number, interval: number) {
    return this.limiter
      .consume({
        algorithm: "token-bucket",
        onExceeded: "delay",
        key: this.key,
        limit: 1,
        window: Duration.millis(interval)
      })
      .pipe(
        Effect.mapBoth({
          onSuccess: ({ delay }) => now + Duration.toMillis(delay),
          onFailure: () => new BudgetExhausted({})
        })
      )
  }
}

const make = (requestsPerSecond: number, turns: Turns): RateBudget["Service"] => {
  const pace = Pace.make(requestsPerSecond)
  const turn = Semaphore.makeUnsafe(1)
  let waiting = 0

  // A turn that was taken and not used, because its call was stopped or could not wait so long, is the
  // next call's: what is taken cannot be given back.
  let slot: number | undefined

  // A halt may begin while somebody waits, and be prolonged while it lasts. A turn that falls into it is lost: by its end
  // there is another one, and two requests would go at once.
  const calm = Effect.fnUntraced(function* (until: number): Effect.fn.Return<void, BudgetExhausted> {
    const now = yield* Clock.currentTimeMillis
    const halt = pace.haltedFor(now)
    if (halt === 0) return
    slot = undefined
    if (now + halt > until) return yield* new BudgetExhausted({ wait: Duration.millis(halt) })
    yield* Effect.sleep(halt)
  })

  const reserve: (until: number) => Effect.Effect<void, BudgetExhausted> = Effect.fnUntraced(function* (until) {
    yield* calm(until)
    const now = yield* Clock.currentTimeMillis
    slot ??= yield* turns.next(now, pace.interval(now))
    const wait = slot - now
    if (slot >= until + resolution) return yield* new BudgetExhausted({ wait: Duration.millis(wait) })
    if (wait >= resolution) yield* Effect.sleep(wait)
    yield* calm(until)
    if (slot === undefined) return yield* reserve(until)
    slot = undefined
  })

  const report = (now: number, { refused, retryAfter }: RateBudget.Answer) => {
    if (refused) pace.refused(now, retryAfter === undefined ? 0 : Duration.toMillis(retryAfter))
    else pace.granted(now)
  }

  const budget: RateBudget["Service"] = {
    take: Effect.fnUntraced(function* (within) {
      const now = yield* Clock.currentTimeMillis
      // What those before it will take at least: who cannot begin in time need not join the queue.
      const queue = waiting * pace.interval(now) + pace.haltedFor(now)
      if (queue > Duration.toMillis(within)) return yield* new BudgetExhausted({ wait: Duration.millis(queue) })
      waiting++
      yield* turn
        .withPermit(reserve(now + Duration.toMillis(within)))
        .pipe(Effect.ensuring(Effect.sync(() => waiting--)))
    }),
    report: (answer) => Effect.map(Clock.currentTimeMillis, (now) => report(now, answer))
  }
  return withImmediate(budget, {
    take: (now) =>
      waiting === 0 &&
      slot === undefined &&
      pace.haltedFor(now) === 0 &&
      turns.take?.(now, pace.interval(now)) === true,
    report
  })
}
