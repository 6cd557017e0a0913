/**
 * Every way a delete can fail, as one flat union: each has its own tag, so `Effect.catchTag` reaches each.
 *
 * `outcome` is the field to act on. `not-deleted` means the session was not removed by this call. `unknown` means a
 * request was sent and no trustworthy answer came: the session may or may not be gone, and asking again is safe.
 *
 * No error carries the API key, a request, a response, or anything that leads to one.
 *
 * @since 0.1.0
 */
import { Duration, Schema } from "effect"
import * as Prose from "./internal/prose.ts"

/**
 * What is known about the session when a call has failed.
 *
 * @category models
 * @since 0.1.0
 */
export const FailedOutcome = Schema.Literals(["not-deleted", "unknown"])

/**
 * @category models
 * @since 0.1.0
 */
export type FailedOutcome = typeof FailedOutcome.Type

const call = {
  /** The session that was asked about. */
  sessionId: Schema.String,
  /** Whether the session is certainly not deleted by this call, or in doubt. */
  outcome: FailedOutcome,
  /** How many HTTP requests were made. */
  attempts: Schema.Int,
  /** The trace id that the caller chose, sent as `x-pd-external-trace-id`. */
  externalTraceId: Schema.optionalKey(Schema.String)
}

const answered = {
  ...call,
  /** The `code` of the API's envelope. */
  code: Schema.optionalKey(Schema.Int),
  /** The HTTP status. */
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The `msg` of the API's envelope. */
  msg: Schema.optionalKey(Schema.String),
  /** The API's own trace id, from the header `x-pd-trace-id`. */
  traceId: Schema.optionalKey(Schema.String)
}

/** How long to wait, from `Retry-After`; encoded as milliseconds. */
const retryAfter = Schema.optionalKey(Schema.DurationFromMillis)

/**
 * The API refused the request as malformed: code 100 (page "Delete session") or 300001 (table of codes).
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends Schema.TaggedError<BadRequest>()("BadRequest", answered) {
  override get message() {
    return Prose.failure(this, "The API refused the request as malformed.", "Check the session id and the user id.")
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The team is over its request rate: code 201 (page "Delete session") or HTTP 429 (table of codes). The documented
 * limit is 20 requests a second per team, all endpoints and processes together.
 *
 * **Details**
 *
 * `limitedBy` says who refused: the `api`, or this client's own `budget`, which saw that the request could not begin
 * before the call's deadline, and sent nothing.
 *
 * @category errors
 * @since 0.1.0
 */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  ...answered,
  limitedBy: Schema.Literals(["api", "budget"]),
  /** How long to wait: what the API said in `Retry-After`, or until the budget has room; encoded as milliseconds. */
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis)
}) {
  /** The same wait in milliseconds. */
  get retryAfterMillis(): number | undefined {
    return this.retryAfter === undefined ? undefined : Duration.toMillis(this.retryAfter)
  }
  override get message() {
    return Prose.failure(
      this,
      this.limitedBy === "api"
        ? "The team is over its request rate."
        : "The team's request rate leaves no room for it before its deadline; nothing was sent this time.",
      `Try again ${Prose.after(this.retryAfter)}.`
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The API failed inside: code 9999. Whether the session was deleted before it failed is not known.
 *
 * @category errors
 * @since 0.1.0
 */
export class Internal extends Schema.TaggedError<Internal>()("Internal", { ...answered, retryAfter }) {
  override get message() {
    return Prose.failure(this, "The API reported an internal error.", "Ask again: deleting by id is safe to repeat.")
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The API refused the operation: code 100001. The page "Delete session" does not say for which reasons.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOperation extends Schema.TaggedError<InvalidOperation>()("InvalidOperation", answered) {
  override get message() {
    return Prose.failure(this, "The API called the operation invalid.", "Look at the session in Powerdrill.")
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The API does not know the key: codes 1002 (expired) and 1004 (bad credentials), or HTTP 401 (table of codes). For five
 * seconds after that, calls with the same client fail with it at once and send nothing: `attempts` is 0.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", answered) {
  override get message() {
    return Prose.failure(
      this,
      this.attempts === 0 ? "The API refused the key a moment ago; nothing was sent." : "The API refused the key.",
      "Use the API key of the project the session belongs to; a team key does not work here."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The key or the user may not delete this session: codes 1003 and 300002 (table of codes).
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", answered) {
  override get message() {
    return Prose.failure(
      this,
      "The API does not permit it.",
      "Check that the session belongs to this user; team members have no API access, system and virtual users do."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The API has no such session in the key's project: code 300003. It is already gone, or belongs to another project.
 *
 * @category errors
 * @since 0.1.0
 */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", answered) {
  override get message() {
    return Prose.failure(
      this,
      "There is no such session in the key's project.",
      "It may already be gone, or belong to another project."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The API failed the operation with a code that is not documented for it. Any code but 0 means failure, and the page's
 * list of codes is open.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnrecognizedCode extends Schema.TaggedError<UnrecognizedCode>()("UnrecognizedCode", answered) {
  override get message() {
    return Prose.failure(this, "The API failed with an undocumented code.", "Ask the vendor with the trace id.")
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * A 4xx that does not speak the API's language: a proxy, or a wrong base URL. A 404 of this kind says nothing about the
 * session.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedResponse extends Schema.TaggedError<UnexpectedResponse>()("UnexpectedResponse", answered) {
  override get message() {
    return Prose.failure(
      this,
      "Something that does not speak the API's language refused the request.",
      this.httpStatus === 404 ? "The base URL is probably wrong." : "Look for a proxy in between, or a wrong base URL."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The server could not be reached, and the request was certainly not sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  ...call,
  /** The runtime's own word for it, such as `ECONNREFUSED`. */
  detail: Schema.String
}) {
  override get message() {
    return Prose.failure(
      this,
      `The server could not be reached (${this.detail}); nothing was sent.`,
      "Check the base URL and the network."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

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
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  ...answered,
  reason: Schema.Literals([
    "timeout",
    "connection-lost",
    "redirected",
    "unreadable",
    "server-error",
    "contradiction",
    "interrupted"
  ]),
  /** The runtime's own word for a failed connection, such as `ECONNRESET`. */
  detail: Schema.optionalKey(Schema.String),
  retryAfter
}) {
  override get message() {
    return Prose.failure(
      this,
      Prose.unknownReason[this.reason](this.detail),
      "Ask again: deleting by id is safe to repeat."
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The request breaks a rule and was not sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  ...call,
  sessionId: Schema.optionalKey(Schema.String),
  /** The field that breaks the rule: `sessionId`, `userId`, `externalTraceId`, or `request` for the whole. */
  field: Schema.String,
  /** The rule, to be read after the field's name: "must not be empty". */
  rule: Schema.String
}) {
  override get message() {
    return (
      `Nothing was sent: ${this.field} ${this.rule}.` +
      (this.sessionId === undefined ? "" : ` The session id given is ${Prose.quote(this.sessionId)}.`)
    )
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * A plugin's guard refused the delete, or broke, before anything was sent.
 *
 * **Details**
 *
 * `entireRun` is there where the guard meant everything that would be deleted after this one, too
 * (`Plugin.veto(reason, { entireRun: true })`): whoever deletes many stops then.
 *
 * `broken` is there where nobody has said no to this session: the guard died, took too long, or failed with something else
 * than `Plugin.veto`; a wrapper ended without having run `next` and without a fair error; or two plugins have one name.
 * Nothing was sent then either, but it is not the last word about the session: ask again once the plugin is mended. A guard
 * that fails with `Plugin.veto`, or answers `false` or an error, has said no.
 *
 * @category errors
 * @since 0.1.0
 */
export class Vetoed extends Schema.TaggedError<Vetoed>()("Vetoed", {
  ...call,
  /** The name of the plugin that refused. */
  plugin: Schema.String,
  /** Why it refused. */
  reason: Schema.String,
  /** Whether the guard refused all that would be deleted after this one, too. */
  entireRun: Schema.optionalKey(Schema.Boolean),
  /** Nobody has said no: the plugin is broken. */
  broken: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message() {
    return Prose.failure(this, `Plugin ${Prose.quote(this.plugin)} refused: ${this.reason}.`, "Nothing was sent.")
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * The schema of every error, to encode one as JSON and back without loss.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SessionsError = Schema.Union([
  BadRequest,
  RateLimited,
  Internal,
  InvalidOperation,
  Unauthorized,
  Forbidden,
  SessionNotFound,
  UnrecognizedCode,
  UnexpectedResponse,
  Unreachable,
  OutcomeUnknown,
  InvalidRequest,
  Vetoed
])

/**
 * Every way a delete can fail.
 *
 * @category errors
 * @since 0.1.0
 */
export type SessionsError = typeof SessionsError.Type

/**
 * Tells whether a value is one of the errors of this module.
 *
 * @category guards
 * @since 0.1.0
 */
export const isSessionsError: (u: unknown) => u is SessionsError = Schema.is(SessionsError)
