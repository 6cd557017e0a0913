/**
 * What the failures of a call amount to where nothing was to be deleted. Pure and total.
 */
import type { ReadFailedReason } from "../ReadFailed.ts"
import type { OutcomeUnknown, SessionsError } from "../SessionsError.ts"

export const reasonOf = (error: SessionsError): ReadFailedReason => {
  switch (error._tag) {
    case "OutcomeUnknown":
      return unknown[error.reason]
    case "RateLimited":
      return error.limitedBy === "api" ? "rate-limited" : "budget-exhausted"
    default:
      return refused[error._tag]
  }
}

const refused = {
  BadRequest: "bad-request",
  Internal: "internal",
  InvalidOperation: "invalid-operation",
  Unauthorized: "unauthorized",
  Forbidden: "forbidden",
  SessionNotFound: "not-found",
  UnrecognizedCode: "unrecognized-code",
  UnexpectedResponse: "unexpected-response",
  Unreachable: "unreachable",
  InvalidRequest: "invalid-request",
  // No plugin is asked about a read.
  Vetoed: "forbidden"
} as const satisfies Readonly<
  Record<Exclude<SessionsError["_tag"], "OutcomeUnknown" | "RateLimited">, ReadFailedReason>
>

const unknown: Readonly<Record<OutcomeUnknown["reason"], ReadFailedReason>> = {
  timeout: "no-answer",
  "connection-lost": "no-answer",
  interrupted: "no-answer",
  redirected: "redirected",
  unreadable: "unreadable",
  "server-error": "server-error",
  contradiction: "contradiction"
}
