/**
 * How the call for one session ended, in the form in which a ledger keeps it.
 *
 * @since 0.1.0
 */
import { Disposition, type Receipt, type SessionsError } from "@powerdrill-sessions/core"
import { DateTime, Duration, Schema } from "effect"

/**
 * How the call for one session ended.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Outcome = Schema.Struct({
  /** `vetoed`: a plugin refused, and nothing was sent. */
  outcome: Schema.Literals(["deleted", "not-deleted", "unknown", "vetoed"]),
  /** How it is known to be gone; with `deleted` only. */
  disposition: Schema.optionalKey(Disposition),
  /** It was read afterwards, and found absent: see `verify` in `PowerdrillConfig`. */
  verified: Schema.optionalKey(Schema.Literal(true)),
  /** The tag of the error; with all others. */
  error: Schema.optionalKey(Schema.String),
  /** The plugin that refused meant the entire run. */
  entireRun: Schema.optionalKey(Schema.Literal(true)),
  /** The plugin has not said no: its guard broke. */
  broken: Schema.optionalKey(Schema.Literal(true)),
  message: Schema.optionalKey(Schema.String),
  /** The `code` of the API's envelope. */
  code: Schema.optionalKey(Schema.Int),
  httpStatus: Schema.optionalKey(Schema.Int),
  /** How many HTTP requests were made. */
  attempts: Schema.Int,
  /** How many of them the API refused as too many. */
  refused: Schema.optionalKey(Schema.Int),
  /** The longest wait that it asked for then, in milliseconds. */
  retryAfterMillis: Schema.optionalKey(Schema.Int),
  /** How long the attempts waited for the budget, in milliseconds. */
  queuedMillis: Schema.optionalKey(Schema.Int),
  /** The API's own trace id. */
  traceId: Schema.optionalKey(Schema.String),
  externalTraceId: Schema.optionalKey(Schema.String),
  /** ISO 8601, UTC, on the caller's clock. */
  startedAt: Schema.String,
  finishedAt: Schema.String
})

/**
 * @category models
 * @since 0.1.0
 */
export type Outcome = typeof Outcome.Type

/** Errors by which the API, or a plugin, has spoken about this very session, and not about the key or the server. */
const lastWords: ReadonlySet<string> = new Set([
  "BadRequest",
  "InvalidOperation",
  "InvalidRequest",
  "SessionNotFound",
  "UnrecognizedCode",
  "Vetoed"
])

/**
 * Whether a session with this outcome is left alone from now on.
 *
 * **Details**
 *
 * One that is in doubt is asked about again. So is one that was not deleted for a reason that is not its own: a refused
 * key, a limit, a server out of order, a guard that broke, a plugin that stopped the entire run.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFinal = ({ broken, code, entireRun, error, outcome }: Outcome): boolean =>
  outcome === "deleted" ||
  (outcome !== "unknown" &&
    entireRun !== true &&
    broken !== true &&
    (code === noPermission || (error !== undefined && lastWords.has(error))))

/** The one refusal of rights that is about a session; the others are about the key. */
export const noPermission = 300002

/** What a purge knows of a call besides its ending. */
export interface Seen {
  readonly startedAt: DateTime.Utc
  readonly finishedAt: DateTime.Utc
  readonly refused: number
  readonly retryAfter: Duration.Duration
  readonly queued: Duration.Duration
}

const seenOf = ({ finishedAt, queued, refused, retryAfter, startedAt }: Seen) => ({
  ...(refused === 0 ? undefined : { refused }),
  ...(Duration.isZero(retryAfter) ? undefined : { retryAfterMillis: wholeMillis(retryAfter) }),
  ...(Duration.toMillis(queued) < 1 ? undefined : { queuedMillis: wholeMillis(queued) }),
  startedAt: DateTime.formatIso(startedAt),
  finishedAt: DateTime.formatIso(finishedAt)
})

/** A server may ask to wait for longer than a number can count. */
const wholeMillis = (duration: Duration.Duration) =>
  Math.min(Math.round(Duration.toMillis(duration)), Number.MAX_SAFE_INTEGER)

/** Of a call that succeeded. */
export const fromReceipt = (receipt: Receipt, seen: Seen): Outcome => ({
  outcome: "deleted",
  disposition: receipt.disposition,
  ...(receipt.verified ? { verified: true } : undefined),
  attempts: receipt.attempts,
  ...(receipt.traceId === undefined ? undefined : { traceId: receipt.traceId }),
  ...(receipt.externalTraceId === undefined ? undefined : { externalTraceId: receipt.externalTraceId }),
  ...seenOf(seen)
})

/** Of a call that failed. */
export const fromError = (error: SessionsError, seen: Seen): Outcome => ({
  // A veto says that nothing was sent now. What an earlier call left in doubt stays in doubt.
  outcome: error._tag === "Vetoed" && error.outcome === "not-deleted" ? "vetoed" : error.outcome,
  error: error._tag,
  message: error.message,
  ...("entireRun" in error && error.entireRun === true ? { entireRun: true } : undefined),
  ...("broken" in error && error.broken === true ? { broken: true } : undefined),
  ...("code" in error && error.code !== undefined ? { code: error.code } : undefined),
  ...("httpStatus" in error && error.httpStatus !== undefined ? { httpStatus: error.httpStatus } : undefined),
  attempts: error.attempts,
  ...("traceId" in error && error.traceId !== undefined ? { traceId: error.traceId } : undefined),
  ...(error.externalTraceId === undefined ? undefined : { externalTraceId: error.externalTraceId }),
  ...seenOf(seen)
})

/** Of a call that died, which no call should: whether the session is gone is not known. */
export const fromDefect = (message: string, attempts: number, seen: Seen): Outcome => ({
  outcome: "unknown",
  error: "Defect",
  message,
  attempts,
  ...seenOf(seen)
})
