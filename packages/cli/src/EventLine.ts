/**
 * What a purge tells: an object for programs, a line of text for people.
 *
 * @since 0.1.0
 */
import type { Outcome, PurgeEvent } from "@powerdrill-sessions/purge"
import * as Line from "./Line.ts"
import * as Progress from "./Progress.ts"

/**
 * One object of the output of `purge --json`.
 *
 * @since 0.1.0
 */
export const toJson = (event: PurgeEvent): object => {
  const { _tag, ...facts } = event
  if (event._tag !== "Settled") return { event: _tag.toLowerCase(), ...facts }
  return { event: "settled", n: event.n, userId: event.userId, ...toLine(event), counts: event.counts }
}

/** As `delete --json` has it. */
const toLine = ({ outcome, sessionId }: PurgeEvent.Settled): Line.Line => ({
  sessionId,
  outcome: outcome.outcome,
  disposition: outcome.disposition ?? null,
  verified: outcome.verified === true,
  error: outcome.error === undefined ? null : errorOf(outcome.error, outcome),
  traceId: outcome.traceId ?? null,
  externalTraceId: outcome.externalTraceId ?? null,
  attempts: outcome.attempts,
  durationMs: Date.parse(outcome.finishedAt) - Date.parse(outcome.startedAt)
})

const errorOf = (tag: string, { code, httpStatus, message }: Outcome) => ({
  tag,
  code: code ?? null,
  httpStatus: httpStatus ?? null,
  message: message ?? ""
})

/**
 * The line of a session that is not deleted; `undefined` for one that is.
 *
 * @since 0.1.0
 */
export const exception = (event: PurgeEvent, color: boolean): string | undefined =>
  event._tag === "Settled" && event.outcome.outcome !== "deleted" ? Line.toText(toLine(event), color) : undefined

/**
 * What is said to people besides; `undefined` for what needs no words of its own.
 *
 * @since 0.1.0
 */
export const notice = (event: PurgeEvent): string | undefined => {
  switch (event._tag) {
    case "Begun":
      return event.resumed
        ? `Going on with ${event.plan.count} sessions at ${event.plan.baseUrl}: ${Progress.sum(event.counts)}.`
        : `Deleting ${event.plan.count} sessions at ${event.plan.baseUrl}.`
    case "Paused":
      return event.forMillis === undefined
        ? `Paused by ${Line.visible(event.by)}: nothing is begun until \`resume\`.`
        : `The API wants no request for ${Math.ceil(event.forMillis / 1000)} seconds. It goes on by itself.`
    case "Resumed":
      return "It goes on."
    case "Settled":
    case "Ended":
      return undefined
  }
}
