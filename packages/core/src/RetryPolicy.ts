/**
 * Which failures are tried again, when, and how often.
 *
 * A policy is a `Schedule` over the errors of a call. It only ever proposes: an attempt that could not begin before the
 * call's deadline is not waited for. Deleting by a server-issued id can only ever remove that one session, so a delete
 * is safe to repeat.
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect, Function, Random, Schedule } from "effect"
import type { SessionsError } from "./SessionsError.ts"

const longestWait = Duration.seconds(120)

const told = (error: SessionsError): Duration.Duration =>
  ("retryAfter" in error ? error.retryAfter : undefined) ?? Duration.zero

/** One that the client's own budget refused has no time left to try again in. */
const isRateLimit = (error: SessionsError): boolean => error._tag === "RateLimited" && error.limitedBy === "api"

const backoff = (isRetryable: (error: SessionsError) => boolean): RetryPolicy.Policy =>
  Schedule.exponential("250 millis").pipe(
    Schedule.setInputType<SessionsError>(),
    Schedule.upTo({ times: 3 }),
    Schedule.while(({ input }) => isRetryable(input) && Duration.isLessThanOrEqualTo(told(input), longestWait)),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.map(Random.next, (random) => Duration.sum(told(input), Duration.times(duration, random)))
    )
  )

const standard = backoff(
  (error) =>
    isRateLimit(error) || error._tag === "Internal" || error._tag === "Unreachable" || error._tag === "OutcomeUnknown"
)

/**
 * The policy in force: {@link RetryPolicy.standard} unless another is provided, for a whole program or for one effect.
 *
 * **Example** (One effect without retries)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { RetryPolicy, Sessions } from "@powerdrill-sessions/core"
 *
 * const once = Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1" })).pipe(
 *   RetryPolicy.withPolicy(RetryPolicy.none)
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class RetryPolicy extends Context.Reference<RetryPolicy.Policy>("@powerdrill-sessions/core/RetryPolicy", {
  defaultValue: () => standard
}) {
  /**
   * Tries rate limits, internal errors, unreachable servers and unknown outcomes again: at most four attempts,
   * random waits of at most 250 ms, 500 ms and 1 s between them, never earlier than `Retry-After` says, and not at all
   * when that is more than 120 s away.
   *
   * @since 0.1.0
   */
  static readonly standard: RetryPolicy.Policy = standard

  /**
   * Tries rate limits again, as {@link RetryPolicy.standard} does, and nothing else.
   *
   * @since 0.1.0
   */
  static readonly rateLimits: RetryPolicy.Policy = backoff(isRateLimit)

  /**
   * Never tries again.
   *
   * @since 0.1.0
   */
  static readonly none: RetryPolicy.Policy = Schedule.recurs(0)

  /**
   * Runs an effect under another policy.
   *
   * @since 0.1.0
   */
  static readonly withPolicy: {
    (policy: RetryPolicy.Policy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy.Policy): Effect.Effect<A, E, R>
  } = Function.dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy.Policy): Effect.Effect<A, E, R> =>
    Effect.provideService(self, RetryPolicy, policy)
  )
}

/**
 * @since 0.1.0
 */
export declare namespace RetryPolicy {
  /**
   * Any schedule over the errors of a call.
   *
   * @category models
   * @since 0.1.0
   */
  export type Policy = Schedule.Schedule<unknown, SessionsError>
}
