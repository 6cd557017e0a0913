/**
 * How outcomes are put into words: what happened to which session, what is known, what to do next.
 */
import { Duration } from "effect"

interface Failure {
  readonly sessionId: string
  readonly outcome: "not-deleted" | "unknown"
  readonly attempts: number
  readonly code?: number
  readonly httpStatus?: number
  readonly msg?: string
  readonly traceId?: string
}

/**
 * Quotes text that came from outside. Control and bidirectional formatting characters are escaped, so that an id or a
 * server's message can neither drive a terminal nor disguise itself, and long text is cut.
 */
export const quote = (text: string): string => {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return JSON.stringify(shown).replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
}

export const failure = (error: Failure, what: string, next: string): string =>
  [
    error.outcome === "unknown"
      ? `It is not known whether session ${quote(error.sessionId)} was deleted.`
      : `Session ${quote(error.sessionId)} was not deleted.`,
    what,
    ...(error.msg === undefined ? [] : [`The answer says ${quote(error.msg)}.`]),
    next,
    ...details(error)
  ].join(" ")

/** The same for what could not be read. */
export const readFailure = (
  error: Omit<Failure, "sessionId" | "outcome"> & { readonly sessionId?: string },
  what: string,
  next: string
): string =>
  [
    error.sessionId === undefined
      ? "The sessions could not be listed."
      : `Session ${quote(error.sessionId)} could not be read.`,
    what,
    ...(error.msg === undefined ? [] : [`The answer says ${quote(error.msg)}.`]),
    next,
    ...details(error)
  ].join(" ")

const details = (error: Omit<Failure, "sessionId" | "outcome">): ReadonlyArray<string> => {
  const known = [
    ...(error.code === undefined ? [] : [`code ${error.code}`]),
    ...(error.httpStatus === undefined ? [] : [`HTTP ${error.httpStatus}`]),
    ...(error.traceId === undefined
      ? []
      : [`trace id ${/^[!-~]{1,128}$/.test(error.traceId) ? error.traceId : quote(error.traceId)}`]),
    ...(error.attempts > 1 ? [`${error.attempts} attempts`] : [])
  ]
  return known.length === 0 ? [] : [`(${known.join(", ")})`]
}

export const after = (wait: Duration.Duration | undefined): string =>
  wait === undefined || Duration.isZero(wait) ? "later" : `in ${Duration.format(wait)}`

export const unknownReason = {
  timeout: () => "The request was sent and no answer came in time.",
  "connection-lost": (detail: string | undefined) =>
    `The connection failed${detail === undefined ? "" : ` (${detail})`}, and the request may have been sent.`,
  redirected: () => "The server answered with a redirect, which is never followed.",
  unreadable: () => "The server answered with something that cannot be read as the API's answer.",
  "server-error": () => "The server failed without saying how far it got.",
  contradiction: () => "The server claimed success and contradicted it.",
  interrupted: () => "A plugin stopped the call after it had begun to send."
}

/** What an error looks like as JSON and when inspected: its fields, and its message in words. */
export const json = <E extends Error>(error: E): object => ({ ...error, message: error.message })
