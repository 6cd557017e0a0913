/**
 * Every way a call can fail. A `switch` over `_tag` tells them apart, and so does `instanceof`.
 *
 * `outcome` is the field to act on: `not-deleted`, or `unknown`, where asking again is safe.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/core"
import { Aborted } from "./Aborted.ts"
import { ClientClosed } from "./ClientClosed.ts"
import { Defect } from "./Defect.ts"
import type { AnsweredCall, AttemptedCall, FailedCall, SessionsErrorClass } from "./FailedCall.ts"

/**
 * The API refused the request as malformed: code 100 (page "Delete session") or 300001 (table of codes).
 *
 * @category errors
 * @since 0.1.0
 */
export interface BadRequest extends AnsweredCall {
  readonly _tag: "BadRequest"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const BadRequest: SessionsErrorClass<BadRequest> = Core.BadRequest

/**
 * The team is over its request rate: code 201 (page "Delete session") or HTTP 429 (table of codes). The documented
 * limit is 20 requests a second per team, all endpoints and processes together.
 *
 * @category errors
 * @since 0.1.0
 */
export interface RateLimited extends AnsweredCall {
  readonly _tag: "RateLimited"
  /** Who refused: the API, or this client's own budget, which sent nothing because it could not begin in time. */
  readonly limitedBy: "api" | "budget"
  /** How long to wait: what the API said in `Retry-After`, or until the budget has room; in milliseconds. */
  readonly retryAfterMillis: number | undefined
}

/**
 * @category errors
 * @since 0.1.0
 */
export const RateLimited: SessionsErrorClass<RateLimited> = Core.RateLimited

/**
 * The API failed inside: code 9999. Whether the session was deleted before it failed is not known.
 *
 * @category errors
 * @since 0.1.0
 */
export interface Internal extends AnsweredCall {
  readonly _tag: "Internal"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const Internal: SessionsErrorClass<Internal> = Core.Internal

/**
 * The API refused the operation: code 100001. The page "Delete session" does not say for which reasons.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidOperation extends AnsweredCall {
  readonly _tag: "InvalidOperation"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const InvalidOperation: SessionsErrorClass<InvalidOperation> = Core.InvalidOperation

/**
 * The API does not know the key: codes 1002 (expired) and 1004 (bad credentials), or HTTP 401 (table of codes).
 *
 * @category errors
 * @since 0.1.0
 */
export interface Unauthorized extends AnsweredCall {
  readonly _tag: "Unauthorized"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const Unauthorized: SessionsErrorClass<Unauthorized> = Core.Unauthorized

/**
 * The key or the user may not delete this session: codes 1003 and 300002 (table of codes).
 *
 * @category errors
 * @since 0.1.0
 */
export interface Forbidden extends AnsweredCall {
  readonly _tag: "Forbidden"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const Forbidden: SessionsErrorClass<Forbidden> = Core.Forbidden

/**
 * The API has no such session in the key's project: code 300003. It is already gone, or belongs to another project.
 *
 * @category errors
 * @since 0.1.0
 */
export interface SessionNotFound extends AnsweredCall {
  readonly _tag: "SessionNotFound"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const SessionNotFound: SessionsErrorClass<SessionNotFound> = Core.SessionNotFound

/**
 * The API failed the operation with a code that is not documented for it.
 *
 * @category errors
 * @since 0.1.0
 */
export interface UnrecognizedCode extends AnsweredCall {
  readonly _tag: "UnrecognizedCode"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const UnrecognizedCode: SessionsErrorClass<UnrecognizedCode> = Core.UnrecognizedCode

/**
 * A 4xx that does not speak the API's language: a proxy, or a wrong base URL. A 404 of this kind says nothing about the
 * session.
 *
 * @category errors
 * @since 0.1.0
 */
export interface UnexpectedResponse extends AnsweredCall {
  readonly _tag: "UnexpectedResponse"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const UnexpectedResponse: SessionsErrorClass<UnexpectedResponse> = Core.UnexpectedResponse

/**
 * The server could not be reached, and the request was certainly not sent.
 *
 * @category errors
 * @since 0.1.0
 */
export interface Unreachable extends AttemptedCall {
  readonly _tag: "Unreachable"
  /** The runtime's own word for it, such as `ECONNREFUSED`. */
  readonly detail: string
}

/**
 * @category errors
 * @since 0.1.0
 */
export const Unreachable: SessionsErrorClass<Unreachable> = Core.Unreachable

/**
 * A request was sent and no trustworthy answer came.
 *
 * **Details**
 *
 * `reason` is `timeout`, `connection-lost`, `redirected` (never followed), `unreadable` (a 2xx that is not the API's
 * envelope, or a body that broke off), `server-error` (a 5xx without an envelope), `contradiction` (code 0 under
 * another status than 2xx, or a session that is still there when it is read afterwards) or `interrupted` (a plugin's
 * wrapper has stopped the call).
 *
 * @category errors
 * @since 0.1.0
 */
export interface OutcomeUnknown extends AnsweredCall {
  readonly _tag: "OutcomeUnknown"
  readonly reason:
    | "timeout"
    | "connection-lost"
    | "redirected"
    | "unreadable"
    | "server-error"
    | "contradiction"
    | "interrupted"
}

/**
 * @category errors
 * @since 0.1.0
 */
export const OutcomeUnknown: SessionsErrorClass<OutcomeUnknown> = Core.OutcomeUnknown

/**
 * The request breaks a rule and was not sent.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidRequest extends FailedCall {
  readonly _tag: "InvalidRequest"
  /** How many HTTP requests were made: none. */
  readonly attempts: number
  /** What breaks the rule: `sessionId`, `userId`, `externalTraceId`, `signal`, `retry`, or `options` for all options. */
  readonly field: string
  /** The rule, to be read after the field's name: "must not be empty". */
  readonly rule: string
}

/**
 * @category errors
 * @since 0.1.0
 */
export const InvalidRequest: SessionsErrorClass<InvalidRequest> = Core.InvalidRequest

/**
 * A guard refused the delete, or broke, before anything was sent.
 *
 * **Details**
 *
 * A guard that throws, rejects, or returns `false` or an `Error` has said no: that is how it is said, and a bug in a guard
 * cannot be told from it. `broken` is there where certainly nobody has said no: the guard took too long, an Effect plugin
 * died or could not be built, or a wrapper resolved to something of its own without having called `next`. Nothing was sent
 * then either, but it is not the last word about the session.
 *
 * @category errors
 * @since 0.1.0
 */
export interface Vetoed extends AttemptedCall {
  readonly _tag: "Vetoed"
  /** The name of the plugin that refused. */
  readonly plugin: string
  /** Why it refused. */
  readonly reason: string
  /** Whether the guard refused all that would be deleted after this one, too: whoever deletes many stops then. */
  readonly entireRun?: boolean
  /** Nobody has said no: the plugin is broken. */
  readonly broken?: true
}

/**
 * @category errors
 * @since 0.1.0
 */
export const Vetoed: SessionsErrorClass<Vetoed> = Core.Vetoed

/**
 * Every way a call can fail.
 *
 * @category errors
 * @since 0.1.0
 */
export type SessionsError =
  | BadRequest
  | RateLimited
  | Internal
  | InvalidOperation
  | Unauthorized
  | Forbidden
  | SessionNotFound
  | UnrecognizedCode
  | UnexpectedResponse
  | Unreachable
  | OutcomeUnknown
  | InvalidRequest
  | Vetoed
  | Aborted
  | ClientClosed
  | Defect

/**
 * Tells whether a value is one of these errors: what was caught, for example.
 *
 * @category guards
 * @since 0.1.0
 */
export const isSessionsError = (u: unknown): u is SessionsError =>
  Core.isSessionsError(u) || u instanceof Aborted || u instanceof ClientClosed || u instanceof Defect
