/**
 * What one call can do differently.
 *
 * @since 0.1.0
 */

/**
 * Which failures are tried again.
 *
 * **Details**
 *
 * - `standard`: rate limits, internal errors, unreachable servers and unknown outcomes: at most four attempts, with
 *   random waits of at most 250 ms, 500 ms and 1 s between them, never earlier than `Retry-After` says, and not at all
 *   when that is more than 120 s away.
 * - `rate-limits`: rate limits, in the same way, and nothing else.
 * - `none`: nothing.
 *
 * @category models
 * @since 0.1.0
 */
export type RetryPolicy = "standard" | "rate-limits" | "none"

/**
 * The options of one call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /** The id of the user whose session it is, instead of the client's. */
  readonly userId?: string | undefined
  /** Sent as `x-pd-external-trace-id` for the vendor's support: 0 to 128 printable ASCII characters. */
  readonly externalTraceId?: string | undefined
  /**
   * Stops the call. It then rejects with the signal's reason, and sends nothing more; what it had sent cannot be taken
   * back. Under `try` it ends with `Aborted`, whose `outcome` tells what is known of the session.
   */
  readonly signal?: AbortSignal | undefined
  /** Which failures are tried again, instead of the client's. */
  readonly retry?: RetryPolicy | undefined
}
