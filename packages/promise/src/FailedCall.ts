/**
 * What every failed call tells.
 *
 * @since 0.1.0
 */

/**
 * What is known about the session when a call has failed.
 *
 * **Details**
 *
 * - `not-deleted`: this call certainly did not delete it.
 * - `unknown`: a request was or may have been sent, and no trustworthy answer came. Asking again is safe.
 *
 * @category models
 * @since 0.1.0
 */
export type FailedOutcome = "not-deleted" | "unknown"

/**
 * The fields that all errors of a call share. None of them leads to the API key.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedCall extends Error {
  /** The session that was asked about. */
  readonly sessionId?: string
  /** Whether the session is certainly not deleted by this call, or in doubt. */
  readonly outcome: FailedOutcome
  /** What happened to which session, what is known, and what to do next. */
  readonly message: string
  /** The fields and the message. */
  toJSON(): object
}

/**
 * An error of a call that came to the point of sending.
 *
 * @category models
 * @since 0.1.0
 */
export interface AttemptedCall extends FailedCall {
  readonly sessionId: string
  /** How many HTTP requests were made. */
  readonly attempts: number
  /** The trace id that the caller chose, sent as `x-pd-external-trace-id`. */
  readonly externalTraceId?: string
}

/**
 * An error that was made from an answer, or from the lack of one.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnsweredCall extends AttemptedCall {
  /** The `code` of the API's envelope. */
  readonly code?: number
  /** The HTTP status. */
  readonly httpStatus?: number
  /** The `msg` of the API's envelope. */
  readonly msg?: string
  /** The API's own trace id, from the header `x-pd-trace-id`. */
  readonly traceId?: string
}

/**
 * The class of an error, for `instanceof`, and to make one in a test of code that handles it.
 *
 * @category models
 * @since 0.1.0
 */
export type SessionsErrorClass<E extends Error> = new (
  fields: Omit<E, keyof Error | "_tag" | "toJSON" | "retryAfterMillis">
) => E
