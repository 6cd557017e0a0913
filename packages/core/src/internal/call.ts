/**
 * One call: encode, then send, read, classify and perhaps try again, until it is known how it ended or the policy or
 * the deadline says stop.
 */
import { Clock, Context, DateTime, Duration, Effect, Option, Redacted, Result, Schedule, Schema, Tracer } from "effect"
import type { HttpClient } from "effect/http"
import { DeleteRequest, ExternalTraceId } from "../DeleteRequest.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"
import { Receipt } from "../Receipt.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import type { SessionsError } from "../SessionsError.ts"
import { classify, type Gone } from "./classify.ts"
import { encode } from "./encode.ts"
import { send } from "./send.ts"
import { annotate, withSpanWhenTraced } from "./traced.ts"

export interface Dependencies {
  readonly client: HttpClient.HttpClient
  readonly config: PowerdrillConfig["Service"]
  /** The policy for calls whose own context does not name one. */
  readonly policy: RetryPolicy.Policy
}

export const call = Effect.fnUntraced(function* (
  { client, config, policy }: Dependencies,
  asked: DeleteRequest
): Effect.fn.Return<Receipt, SessionsError> {
  const context = yield* Effect.context<never>()
  const request = config.sendTraceId ? withTraceId(asked, context) : asked
  const encoded = encode(config, request)
  const startedAt = yield* DateTime.now
  const endsAt = DateTime.toEpochMillis(startedAt) + Duration.toMillis(config.deadline)
  const key = Redacted.value(config.apiKey)
  const redact = (text: string) => text.replaceAll(key, "<redacted>")

  // The call's history: how many attempts there were, and whether one of them left the ending open.
  let attempts = 0
  let inDoubt = false

  const attempt = Effect.gen(function* () {
    attempts++
    const left = Math.max(0, endsAt - (yield* Clock.currentTimeMillis))
    const answer = yield* send(client, encoded, Duration.min(config.attemptTimeout, Duration.millis(left)))
    const { externalTraceId, sessionId } = request
    const ending = classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact })
    yield* report(request, attempts, ending)
    if (Result.isFailure(ending)) inDoubt = ending.failure.outcome === "unknown"
    return yield* Effect.fromResult(ending)
  }).pipe(withSpanWhenTraced("Sessions.attempt", { kind: "client" }))

  const gone = yield* Effect.retry(
    attempt,
    Schedule.while(
      Context.getOrUndefined(context, RetryPolicy) ?? policy,
      ({ duration, now }) => now + Duration.toMillis(duration) < endsAt
    )
  )
  return yield* toReceipt(request, startedAt, attempts, gone)
})

export const toReceipt = (
  request: DeleteRequest,
  startedAt: DateTime.Utc,
  attempts: number,
  gone: Gone
): Effect.Effect<Receipt> =>
  Effect.map(
    DateTime.now,
    (finishedAt) =>
      new Receipt({
        sessionId: request.sessionId,
        userId: request.userId,
        disposition: gone.disposition,
        ...(gone.traceId === undefined ? undefined : { traceId: gone.traceId }),
        ...(request.externalTraceId === undefined ? undefined : { externalTraceId: request.externalTraceId }),
        attempts,
        startedAt,
        finishedAt
      })
  )

const decodeTraceId = Schema.decodeOption(ExternalTraceId)

const withTraceId = (request: DeleteRequest, context: Context.Context<never>): DeleteRequest => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  return request.externalTraceId !== undefined || span === undefined
    ? request
    : Option.match(decodeTraceId(span.traceId), {
        onNone: () => request,
        onSome: (externalTraceId) => new DeleteRequest({ ...request, externalTraceId })
      })
}

/** Span attributes and a log line at debug for an attempt. The user id stays out of both. */
const report = (request: DeleteRequest, attempt: number, ending: Result.Result<Gone, SessionsError>) => {
  const facts = Result.match(ending, {
    onSuccess: ({ disposition, traceId }) => ({ "powerdrill.outcome": disposition, "powerdrill.trace_id": traceId }),
    onFailure: (error) => ({
      "powerdrill.outcome": error.outcome,
      "error.type": error._tag,
      ...("code" in error ? { "powerdrill.code": error.code } : undefined),
      ...("httpStatus" in error ? { "http.response.status_code": error.httpStatus } : undefined),
      ...("traceId" in error ? { "powerdrill.trace_id": error.traceId } : undefined)
    })
  })
  const attributes = { "powerdrill.session_id": request.sessionId, "powerdrill.attempt": attempt, ...facts }
  return Effect.andThen(annotate(attributes), Effect.logDebug("Powerdrill answered a delete", attributes))
}
