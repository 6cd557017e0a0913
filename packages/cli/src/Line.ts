/**
 * What is said about one session id: an object for programs, a line of text for people.
 *
 * @since 0.1.0
 */
import type { Disposition, Plugin, Receipt, SessionsError } from "@powerdrill-sessions/core"
import { DateTime, Duration } from "effect"

/**
 * One object of the output of `--json`. Every field is there in every object; what is not known is `null`.
 *
 * @since 0.1.0
 */
export interface Line {
  readonly sessionId: string
  readonly outcome: "deleted" | "not-deleted" | "unknown" | "vetoed" | "skipped"
  /** How the session is known to be gone. */
  readonly disposition: Disposition | null
  /** Whether the session was read afterwards and found absent: see `--verify`. */
  readonly verified: boolean
  readonly error: {
    /** Of a `SessionsError`, or of an error that a plugin has added; `Interrupted` and `Died` where there is none. */
    readonly tag: string
    readonly code: number | null
    readonly httpStatus: number | null
    readonly message: string
  } | null
  /** The API's trace id. */
  readonly traceId: string | null
  /** The trace id given with `--external-trace-id`. */
  readonly externalTraceId: string | null
  /** How many times the delete was sent; `null` where the call was cut off. */
  readonly attempts: number | null
  readonly durationMs: number | null
  /** With `--dry-run` only: the request that would be sent. */
  readonly wouldSend?: string
}

/**
 * How a call ended. `refusal` is what its last attempt was answered with, if that is how it stood when it was cut off.
 *
 * @since 0.1.0
 */
export const fromOutcome = (outcome: Plugin.Outcome, refusal: SessionsError | undefined): Line => {
  switch (outcome._tag) {
    case "Deleted":
      return fromReceipt(outcome.receipt)
    case "NotDeleted":
    case "Unknown":
    case "Vetoed":
      return fromError(outcome, outcome.error)
    case "Interrupted":
      if (outcome.attempts === 0) return skipped(outcome.call.sessionId)
      return refusal === undefined || refusal.outcome !== outcome.outcome
        ? cutOff(outcome, {
            tag: "Interrupted",
            message: "Cut off while a request may have been under way. Ask again: deleting by id is safe to repeat."
          })
        : fromError(outcome, refusal)
    case "Died":
      return cutOff(outcome, { tag: "Died", message: `Something broke: ${outcome.detail}. Please report it as a bug.` })
  }
}

const fromReceipt = (receipt: Receipt): Line => ({
  sessionId: receipt.sessionId,
  outcome: "deleted",
  disposition: receipt.disposition,
  verified: receipt.verified,
  error: null,
  traceId: receipt.traceId ?? null,
  externalTraceId: receipt.externalTraceId ?? null,
  attempts: receipt.attempts,
  durationMs: DateTime.toEpochMillis(receipt.finishedAt) - DateTime.toEpochMillis(receipt.startedAt)
})

const fromError = (
  { _tag, attempts, call, duration }: Plugin.Outcome,
  error: SessionsError | Plugin.Failure
): Line => ({
  sessionId: call.sessionId,
  outcome: _tag === "Vetoed" ? "vetoed" : error.outcome,
  disposition: null,
  verified: false,
  error: {
    tag: error._tag,
    code: "code" in error ? (error.code ?? null) : null,
    httpStatus: "httpStatus" in error ? (error.httpStatus ?? null) : null,
    message: error.message
  },
  traceId: "traceId" in error ? (error.traceId ?? null) : null,
  externalTraceId: call.externalTraceId ?? null,
  attempts,
  durationMs: Duration.toMillis(duration)
})

const cutOff = (
  { call, duration, outcome }: Extract<Plugin.Outcome, { readonly _tag: "Interrupted" | "Died" }>,
  { message, tag }: { readonly tag: string; readonly message: string }
): Line => ({
  ...skipped(call.sessionId),
  outcome,
  error: { tag, code: null, httpStatus: null, message },
  attempts: null,
  durationMs: Duration.toMillis(duration)
})

/**
 * An id for which nothing was sent.
 *
 * @since 0.1.0
 */
export const skipped = (sessionId: string): Line => ({
  sessionId,
  outcome: "skipped",
  disposition: null,
  verified: false,
  error: null,
  traceId: null,
  externalTraceId: null,
  attempts: 0,
  durationMs: 0
})

const words = {
  deleted: ["deleted", 32],
  "not-deleted": ["not deleted", 31],
  unknown: ["unknown", 33],
  vetoed: ["vetoed", 31],
  skipped: ["skipped", 2]
} as const

/** It counts as deleted, but whether it ever was there, nobody said. */
const notThere = ["not there", 32] as const

/**
 * The line as people read it: the ending in its first column, the reason in its last.
 *
 * @since 0.1.0
 */
export const toText = (line: Line, color: boolean): string => {
  const [word, sgr] = line.disposition === "already-absent" ? notThere : words[line.outcome]
  const padded = word.padEnd(12)
  const facts = [
    ...(line.disposition === "absent-after-unknown" ? [line.disposition] : []),
    ...(line.verified ? ["verified"] : []),
    ...(line.error === null ? [] : [`${line.error.tag}: ${line.error.message}`]),
    ...(line.error === null && line.traceId !== null ? [`trace id ${printable(line.traceId)}`] : [])
  ]
  return [color ? `\u001b[${sgr}m${padded}\u001b[0m` : padded, printable(line.sessionId), ...facts].join("  ")
}

/**
 * An id as it is where that is plain text, and quoted with escapes where it could confuse a terminal or its reader.
 *
 * @since 0.1.0
 */
export const printable = (text: string): string =>
  /^[!-~]+$/.test(text)
    ? text
    : JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Text of others as it is, but for what could drive a terminal: that is quoted with escapes.
 *
 * @since 0.1.0
 */
export const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`)
