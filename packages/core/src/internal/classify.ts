/**
 * The heart of the library: from what came back, and from what earlier attempts of the same call left open, to
 * deleted, not deleted, or unknown. Pure and total.
 *
 * The envelope decides at every HTTP status; the status decides where there is no envelope. The API's pages contradict
 * each other on statuses, and agree on codes.
 */
import { type Duration, Option, Predicate, Result, Schema } from "effect"
import type { Disposition } from "../Receipt.ts"
import * as Errors from "../SessionsError.ts"

/** What came back from one attempt. */
export type Answer =
  | {
      readonly _tag: "Response"
      readonly httpStatus: number
      readonly traceId: string | undefined
      readonly retryAfter: Duration.Duration | undefined
      /** The body, as far as it was read. */
      readonly body: string
      /** Whether that is all of it: reading stops where a body is longer than an answer of the API can be. */
      readonly whole: boolean
    }
  | {
      /** The request was certainly not sent. */
      readonly _tag: "NotSent"
      readonly detail: string
    }
  | {
      /** The request was sent, or may have been, and no whole answer came. */
      readonly _tag: "NoAnswer"
      readonly reason: "timeout" | "connection-lost" | "unreadable" | "redirected"
      readonly httpStatus: number | undefined
      readonly traceId: string | undefined
      /** The runtime's own word for a failed connection. */
      readonly detail?: string | undefined
    }

/** The call that an answer belongs to. */
export interface Call {
  readonly sessionId: string
  readonly externalTraceId: string | undefined
  /** How many attempts there have been, this one included. */
  readonly attempts: number
  /** Whether an earlier attempt left it open if the session was deleted. */
  readonly inDoubt: boolean
  /** Takes the API key out of text that came from the server. */
  readonly redact: (text: string) => string
}

/** What is known to be true of the session after a successful call. */
export interface Gone {
  readonly disposition: Disposition
  readonly traceId: string | undefined
  /** Whether a read of the session found it absent afterwards. */
  readonly verified: boolean
}

/** Every failure that an answer can mean: all but the ones that are settled before anything is sent. */
export type AnswerError = Exclude<Errors.SessionsError, Errors.InvalidRequest | Errors.Vetoed>

export const classify = (answer: Answer, call: Call): Result.Result<Gone, AnswerError> => {
  const about = {
    sessionId: call.sessionId,
    attempts: call.attempts,
    ...(call.externalTraceId === undefined ? undefined : { externalTraceId: call.externalTraceId })
  }
  // A refusal settles only the attempt that it answers: what an earlier one left open stays open.
  const refused = { ...about, outcome: call.inDoubt ? "unknown" : "not-deleted" } as const
  const unknown = { ...about, outcome: "unknown" } as const

  if (answer._tag === "NotSent") return Result.fail(new Errors.Unreachable({ ...refused, detail: answer.detail }))

  const traceId = answer.traceId === undefined ? undefined : call.redact(answer.traceId)
  const seen = {
    ...(answer.httpStatus === undefined ? undefined : { httpStatus: answer.httpStatus }),
    ...(traceId === undefined ? undefined : { traceId })
  }
  if (answer._tag === "NoAnswer") {
    return Result.fail(
      new Errors.OutcomeUnknown({
        ...unknown,
        ...seen,
        reason: answer.reason,
        ...(answer.detail === undefined ? undefined : { detail: answer.detail })
      })
    )
  }

  const { httpStatus } = answer
  const successful = httpStatus >= 200 && httpStatus < 300
  const wait = answer.retryAfter === undefined ? undefined : { retryAfter: answer.retryAfter }
  const limited = { limitedBy: "api", ...wait } as const
  const envelope = readEnvelope(answer)

  // What began as an envelope may have said anything.
  if (envelope === "garbled") {
    return Result.fail(new Errors.OutcomeUnknown({ ...unknown, ...seen, ...wait, reason: "unreadable" }))
  }
  if (envelope === undefined) {
    if (httpStatus === 401) return Result.fail(new Errors.Unauthorized({ ...refused, ...seen }))
    if (httpStatus === 429) return Result.fail(new Errors.RateLimited({ ...refused, ...seen, ...limited }))
    if (httpStatus >= 400 && httpStatus < 500) {
      return Result.fail(new Errors.UnexpectedResponse({ ...refused, ...seen }))
    }
    const reason = httpStatus >= 500 ? "server-error" : httpStatus >= 300 ? "redirected" : "unreadable"
    return Result.fail(new Errors.OutcomeUnknown({ ...unknown, ...seen, ...wait, reason }))
  }

  const { code, msg } = envelope
  const fields = { ...seen, code, ...(msg === undefined ? undefined : { msg: call.redact(msg) }) }
  switch (code) {
    case 0:
      return successful
        ? Result.succeed({ disposition: "deleted", traceId, verified: false })
        : Result.fail(new Errors.OutcomeUnknown({ ...unknown, ...fields, ...wait, reason: "contradiction" }))
    case 100:
    case 300001:
      return Result.fail(new Errors.BadRequest({ ...refused, ...fields }))
    case 201:
      return Result.fail(new Errors.RateLimited({ ...refused, ...fields, ...limited }))
    case 9999:
      return Result.fail(new Errors.Internal({ ...unknown, ...fields, ...wait }))
    case 100001:
      return Result.fail(new Errors.InvalidOperation({ ...refused, ...fields }))
    case 1002:
    case 1004:
      return Result.fail(new Errors.Unauthorized({ ...refused, ...fields }))
    case 1003:
    case 300002:
      return Result.fail(new Errors.Forbidden({ ...refused, ...fields }))
    case 300003:
      return call.inDoubt
        ? Result.succeed({ disposition: "absent-after-unknown", traceId, verified: false })
        : Result.fail(new Errors.SessionNotFound({ ...refused, ...fields }))
    default:
      // Under a server's error an unknown code may be a gateway's, which says nothing of what lies behind it.
      return Result.fail(new Errors.UnrecognizedCode({ ...(httpStatus >= 500 ? unknown : refused), ...fields }))
  }
}

interface Envelope {
  readonly code: number
  readonly msg: string | undefined
}

const parse = Option.liftThrowable((body: string): unknown => JSON.parse(body))

// Only `code` is required by the page "Delete session", so nothing else may make an envelope unreadable.
const isEnvelope = Schema.is(Schema.Struct({ code: Schema.Int }))

const isForeignObject = Schema.is(Schema.Struct({ code: Schema.optionalKey(Schema.Never) }))

/** The envelope of an answer, if there is one; `garbled` where there seems to be one that cannot be read. */
const readEnvelope = ({
  body,
  whole
}: {
  readonly body: string
  readonly whole: boolean
}): Envelope | "garbled" | undefined => {
  const json = whole ? parse(body) : Option.none()
  if (Option.isNone(json) || !isEnvelope(json.value)) {
    const isForeign = !/^\s*\{/.test(body) || Option.exists(json, isForeignObject)
    return isForeign ? undefined : "garbled"
  }
  // The oldest version of the API puts the message in `data`.
  const { code, data, msg }: { readonly code: number; readonly msg?: unknown; readonly data?: unknown } = json.value
  return { code, msg: [msg, data].filter(Predicate.isString).find((text) => text !== "") }
}
