/**
 * How a call has ended, and what its caller is told of that. Pure and total.
 */
import { DateTime, Result, Schema } from "effect"
import type { DeleteRequest } from "../DeleteRequest.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"
import { Receipt } from "../Receipt.ts"
import { type FailedOutcome, SessionsError } from "../SessionsError.ts"
import type { Gone } from "./classify.ts"
import type { Presence } from "./presence.ts"

export type Ending = Result.Result<Gone, SessionsError>

/** Whether it is looked for the session, too. */
export const needsReading = (verify: PowerdrillConfig["Service"]["verify"], ending: Ending): boolean =>
  Result.isSuccess(ending) ? verify === "always" : verify !== "never" && ending.failure.outcome === "unknown"

/** The ending once the session was looked for. A delete that may still be on its way can yet remove what is there. */
export const verified = (
  ending: Ending,
  presence: Presence,
  underWay: boolean,
  contradicted: () => SessionsError
): Ending => {
  if (presence === "absent") {
    return Result.succeed(
      Result.isSuccess(ending)
        ? { ...ending.success, verified: true }
        : { disposition: "absent-after-unknown", traceId: undefined, verified: true }
    )
  }
  if (presence === "unclear") return ending
  if (Result.isSuccess(ending)) return Result.fail(contradicted())
  return underWay ? ending : Result.fail(withOutcome(ending.failure, "not-deleted"))
}

/** For whom it is enough that a session is not there. */
export const asAbsent = (ending: Ending): Ending =>
  Result.isFailure(ending) && ending.failure._tag === "SessionNotFound"
    ? Result.succeed({ disposition: "already-absent", traceId: ending.failure.traceId, verified: false })
    : ending

const encodeError = Schema.encodeSync(SessionsError)
const decodeError = Schema.decodeSync(SessionsError)

export const withOutcome = (error: SessionsError, outcome: FailedOutcome): SessionsError =>
  decodeError({ ...encodeError(error), outcome })

/** Times are milliseconds since 1970. */
export const toReceipt = (
  request: Pick<DeleteRequest, "sessionId" | "userId"> & { readonly externalTraceId?: string | undefined },
  { finishedAt, startedAt }: { readonly startedAt: number; readonly finishedAt: number },
  attempts: number,
  gone: Gone
): Receipt =>
  trusted({
    sessionId: request.sessionId,
    userId: request.userId,
    disposition: gone.disposition,
    verified: gone.verified,
    ...(gone.traceId === undefined ? undefined : { traceId: gone.traceId }),
    ...(request.externalTraceId === undefined ? undefined : { externalTraceId: request.externalTraceId }),
    attempts,
    startedAt: DateTime.makeUnsafe(startedAt),
    finishedAt: DateTime.makeUnsafe(finishedAt)
  })

/** As `new Receipt` makes it of what is known to be right: to check each field once more takes as long as to classify. */
const trusted = (fields: ConstructorParameters<typeof Receipt>[0]): Receipt =>
  Object.assign(Object.create(Receipt.prototype), fields)
