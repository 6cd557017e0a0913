/**
 * Why sessions could not be listed, or one could not be read. Nothing was changed by it: reads delete nothing.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/core"
import type { SessionsErrorClass } from "./FailedCall.ts"

/**
 * Why a read has failed.
 *
 * **Details**
 *
 * - `invalid-request`: a field breaks a rule, see `field` and `rule`; nothing was sent.
 * - `rate-limited`: the team is over its request rate (code 201 or HTTP 429).
 * - `budget-exhausted`: this client's own budget has no room before the deadline; nothing was sent this time.
 * - `unauthorized`: the API does not know the key (codes 1002 and 1004, or HTTP 401).
 * - `forbidden`: the key or the user may not read it (codes 1003 and 300002).
 * - `bad-request`: the API refused the request as malformed (codes 100 and 300001).
 * - `invalid-operation`: the API refused the operation (code 100001).
 * - `not-found`: code 300003 for a listing. For `find` that is no failure.
 * - `unrecognized-code`: a code that is not documented.
 * - `unexpected-response`: a 4xx that does not speak the API's language: a proxy, or a wrong base URL.
 * - `internal`: the API failed inside (code 9999).
 * - `server-error`: a 5xx without the API's envelope.
 * - `unreachable`: the server could not be reached.
 * - `no-answer`: the request was sent, and no answer came in time, or the connection was lost.
 * - `redirected`: a redirect, which is never followed.
 * - `unreadable`: an answer that cannot be read as the API's, is too long, or has a session without an id.
 * - `contradiction`: code 0 under another status than 2xx.
 * - `no-progress`: the server shows the same sessions again, or too few, and says that there are more.
 * - `unstable`: sessions came and went while they were listed, so that some may have been passed over, also when they
 *   were listed again.
 *
 * @category models
 * @since 0.1.0
 */
export type ReadFailedReason =
  | "invalid-request"
  | "rate-limited"
  | "budget-exhausted"
  | "unauthorized"
  | "forbidden"
  | "bad-request"
  | "invalid-operation"
  | "not-found"
  | "unrecognized-code"
  | "unexpected-response"
  | "internal"
  | "server-error"
  | "unreachable"
  | "no-answer"
  | "redirected"
  | "unreadable"
  | "contradiction"
  | "no-progress"
  | "unstable"

/**
 * Sessions could not be listed, or one could not be read. What a listing has given before is true, and not all there is.
 *
 * **Details**
 *
 * Holds neither the key nor the user id. It is none of the `SessionsError`s, which tell what became of a session.
 *
 * @category errors
 * @since 0.1.0
 */
export interface ReadFailed extends Error {
  readonly _tag: "ReadFailed"
  readonly reason: ReadFailedReason
  /** The read. */
  readonly read: "list" | "find"
  /** The session that was asked about, of a `find`. */
  readonly sessionId?: string
  /** How many HTTP requests were made, for this page where it is a listing. */
  readonly attempts: number
  /** The `code` of the API's envelope. */
  readonly code?: number
  /** The HTTP status. */
  readonly httpStatus?: number
  /** The `msg` of the API's envelope. */
  readonly msg?: string
  /** The API's own trace id, from the header `x-pd-trace-id`. */
  readonly traceId?: string
  /** The runtime's own word for a failed connection, such as `ECONNREFUSED`. */
  readonly detail?: string
  /** How long to wait: what the API said in `Retry-After`, or until the budget has room; in milliseconds. */
  readonly retryAfterMillis: number | undefined
  /** The field that breaks a rule, of an `invalid-request`. */
  readonly field?: string
  /** The rule, to be read after the field's name: "must not be empty". */
  readonly rule?: string
  /** What happened, and what to do next. */
  readonly message: string
  /** The fields and the message. */
  toJSON(): object
}

/**
 * @category errors
 * @since 0.1.0
 */
export const ReadFailed: SessionsErrorClass<ReadFailed> = Core.ReadFailed
