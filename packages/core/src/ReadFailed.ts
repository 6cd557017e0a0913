/**
 * Why sessions could not be listed, or one could not be read. Nothing was changed by it: reads delete nothing.
 *
 * @since 0.1.0
 */
import { Duration, Schema } from "effect"
import * as Prose from "./internal/prose.ts"

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
export const ReadFailedReason = Schema.Literals([
  "invalid-request",
  "rate-limited",
  "budget-exhausted",
  "unauthorized",
  "forbidden",
  "bad-request",
  "invalid-operation",
  "not-found",
  "unrecognized-code",
  "unexpected-response",
  "internal",
  "server-error",
  "unreachable",
  "no-answer",
  "redirected",
  "unreadable",
  "contradiction",
  "no-progress",
  "unstable"
])

/**
 * @category models
 * @since 0.1.0
 */
export type ReadFailedReason = typeof ReadFailedReason.Type

/**
 * Sessions could not be listed, or one could not be read. What the stream of a listing has given before is true, and not
 * all there is.
 *
 * **Details**
 *
 * Holds neither the key nor the user id. Encodes to plain JSON and back without loss.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReadFailed extends Schema.TaggedError<ReadFailed>()("ReadFailed", {
  reason: ReadFailedReason,
  /** The read: `list` or `find`. */
  read: Schema.Literals(["list", "find"]),
  /** The session that was asked about, of a `find`. */
  sessionId: Schema.optionalKey(Schema.String),
  /** How many HTTP requests were made, for this page where it is a listing. */
  attempts: Schema.Int,
  /** The `code` of the API's envelope. */
  code: Schema.optionalKey(Schema.Int),
  /** The HTTP status. */
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The `msg` of the API's envelope. */
  msg: Schema.optionalKey(Schema.String),
  /** The API's own trace id, from the header `x-pd-trace-id`. */
  traceId: Schema.optionalKey(Schema.String),
  /** The runtime's own word for a failed connection, such as `ECONNREFUSED`. */
  detail: Schema.optionalKey(Schema.String),
  /** How long to wait: what the API said in `Retry-After`, or until the budget has room; encoded as milliseconds. */
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis),
  /** The field that breaks a rule, of an `invalid-request`. */
  field: Schema.optionalKey(Schema.String),
  /** The rule, to be read after the field's name: "must not be empty". */
  rule: Schema.optionalKey(Schema.String)
}) {
  /** The same wait in milliseconds. */
  get retryAfterMillis(): number | undefined {
    return this.retryAfter === undefined ? undefined : Duration.toMillis(this.retryAfter)
  }
  override get message() {
    return Prose.readFailure(this, ...words[this.reason](this))
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/** What happened, and what to do next. */
type Words = readonly [what: string, next: string]

const words: Readonly<Record<ReadFailedReason, (error: ReadFailed) => Words>> = {
  "invalid-request": ({ field, rule }) => [`Nothing was sent: ${field} ${rule}.`, "Mend it and read again."],
  "rate-limited": ({ retryAfter }) => ["The team is over its request rate.", `Try again ${Prose.after(retryAfter)}.`],
  "budget-exhausted": ({ retryAfter }) => [
    "The team's request rate leaves no room for it before its deadline; nothing was sent this time.",
    `Try again ${Prose.after(retryAfter)}.`
  ],
  unauthorized: ({ attempts }) => [
    attempts === 0 ? "The API refused the key a moment ago; nothing was sent." : "The API refused the key.",
    "Use the API key of the project the sessions belong to; a team key does not work here."
  ],
  forbidden: () => [
    "The API does not permit it.",
    "Check the user id; team members have no API access, system and virtual users do."
  ],
  "bad-request": () => ["The API refused the request as malformed.", "Check the user id."],
  "invalid-operation": () => ["The API called the operation invalid.", "Ask the vendor with the trace id."],
  "not-found": () => ["The API says that there is no such thing in the key's project.", "Check the user id."],
  "unrecognized-code": () => ["The API failed with an undocumented code.", "Ask the vendor with the trace id."],
  "unexpected-response": ({ httpStatus }) => [
    "Something that does not speak the API's language refused the request.",
    httpStatus === 404 ? "The base URL is probably wrong." : "Look for a proxy in between, or a wrong base URL."
  ],
  internal: () => ["The API reported an internal error.", again],
  "server-error": () => ["The server failed.", again],
  unreachable: ({ detail }) => [
    `The server could not be reached (${detail}); nothing was sent.`,
    "Check the base URL and the network."
  ],
  "no-answer": ({ detail }) => [
    detail === undefined ? "The request was sent and no answer came." : `The connection failed (${detail}).`,
    again
  ],
  redirected: () => ["The server answered with a redirect, which is never followed.", "Check the base URL."],
  unreadable: () => ["The server answered with something that cannot be read as the API's answer.", again],
  contradiction: () => ["The server claimed success and contradicted it.", again],
  "no-progress": () => [
    "The server says that there are more sessions, and does not show them.",
    "Ask the vendor; what was listed is not all there is."
  ],
  unstable: () => [
    "Sessions came and went while they were listed, so that some may have been passed over.",
    "List again when nothing else creates or deletes sessions of this user."
  ]
}

const again = "Read again: it changes nothing."
