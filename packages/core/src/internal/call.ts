/**
 * One call: encode, then take a turn, send, read, classify and perhaps try again, until it is known how it ended or the
 * policy or the deadline says stop; then, where asked for, look whether the session is really gone.
 */
import { Clock, Context, DateTime, Duration, Effect, Option, Redacted, Result, Schedule, Schema, Tracer } from "effect"
import type { HttpClient } from "effect/http"
import { DeleteRequest, ExternalTraceId } from "../DeleteRequest.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"
import { BudgetExhausted, type RateBudget } from "../RateBudget.ts"
import { Receipt } from "../Receipt.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import { OutcomeUnknown, RateLimited, SessionsError, Unauthorized } from "../SessionsError.ts"
import type { Circuit } from "./circuit.ts"
import { type Answer, classify, type Gone } from "./classify.ts"
import { encode } from "./encode.ts"
import { type Presence, presence } from "./presence.ts"
import type { RetryBudget } from "./retryBudget.ts"
import { send } from "./send.ts"
import { annotate, withSpanWhenTraced } from "./traced.ts"

/** What the calls of a client share. */
export interface Client {
  readonly http: HttpClient.HttpClient
  readonly config: PowerdrillConfig["Service"]
  readonly budget: RateBudget["Service"]
  readonly retryBudget: RetryBudget
  readonly circuit: Circuit
  /** The policy for calls whose own context does not name one. */
  readonly policy: RetryPolicy.Policy
}

export const call = Effect.fnUntraced(function* (
  { budget, circuit, config, http, policy, retryBudget }: Client,
  asked: DeleteRequest
): Effect.fn.Return<Receipt, SessionsError> {
  const context = yield* Effect.context<never>()
  const request = config.sendTraceId ? withTraceId(asked, context) : asked
  const startedAt = yield* DateTime.now
  const endsAt = DateTime.toEpochMillis(startedAt) + Duration.toMillis(config.deadline)
  const left = Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(Math.max(0, endsAt - now)))
  const key = Redacted.value(config.apiKey)
  const redact = (text: string) => text.replaceAll(key, "<redacted>")

  // The call's history: how many attempts there were, whether one of them left the ending open, and whether one of them
  // may still be on its way.
  let attempts = 0
  let inDoubt = false
  let underWay = false
  // Whether a retry has been paid for that has not begun.
  let retryIsPaid = false
  const notSent = () => ({
    sessionId: request.sessionId,
    outcome: inDoubt ? ("unknown" as const) : ("not-deleted" as const),
    attempts,
    ...(request.externalTraceId === undefined ? undefined : { externalTraceId: request.externalTraceId })
  })

  const keyIsRefused = Effect.map(Clock.currentTimeMillis, circuit.isOpen)

  const takeTurn = Effect.flatMap(left, (time) =>
    // Whatever the budget does: it has no more time than the call.
    Effect.timeoutOrElse(budget.take(time), { duration: time, orElse: () => new BudgetExhausted({}) })
  ).pipe(
    Effect.mapError(
      ({ wait }) =>
        new RateLimited({
          ...notSent(),
          limitedBy: "budget",
          ...(wait === undefined ? undefined : { retryAfter: wait })
        })
    )
  )
  const exchange = (method: "DELETE" | "GET") =>
    Effect.flatMap(left, (time) =>
      send(http, encode(method, config, request), Duration.min(config.attemptTimeout, time))
    )

  const attempt = Effect.gen(function* () {
    if (yield* keyIsRefused) return yield* new Unauthorized(notSent())
    yield* takeTurn
    // It may have been refused to another call in the meantime.
    if (yield* keyIsRefused) return yield* new Unauthorized(notSent())
    attempts++
    retryIsPaid = false
    const answer = yield* exchange("DELETE")
    const { externalTraceId, sessionId } = request
    const ending = classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact })
    yield* report(request, attempts, ending)
    yield* budget.report(toReport(answer, ending))
    if (Result.isFailure(ending)) {
      if (ending.failure._tag === "Unauthorized") circuit.open(yield* Clock.currentTimeMillis)
      inDoubt = ending.failure.outcome === "unknown"
      underWay ||= ending.failure._tag === "OutcomeUnknown" && ending.failure.reason !== "contradiction"
    }
    return yield* Effect.fromResult(ending)
  }).pipe(withSpanWhenTraced("Sessions.attempt", { kind: "client" }))

  const ending = yield* attempt.pipe(
    Effect.retry(
      Schedule.while(Context.getOrUndefined(context, RetryPolicy) ?? policy, ({ duration, now }) => {
        retryIsPaid = now + Duration.toMillis(duration) < endsAt && retryBudget.withdraw()
        return retryIsPaid
      })
    ),
    Effect.onInterrupt(() => Effect.sync(() => retryIsPaid && retryBudget.refund())),
    Effect.result
  )
  if (Result.isSuccess(ending)) retryBudget.deposit(attempts)

  // Reading costs what a retry costs: a server that fails is not asked twice as much.
  const read = Effect.gen(function* (): Effect.fn.Return<Presence, SessionsError> {
    if ((yield* keyIsRefused) || !retryBudget.withdraw()) return "unclear"
    yield* takeTurn
    const answer = yield* exchange("GET")
    const { externalTraceId, sessionId } = request
    yield* budget.report(toReport(answer, classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact })))
    return presence(answer, sessionId)
  }).pipe(
    Effect.orElseSucceed((): Presence => "unclear"),
    withSpanWhenTraced("Sessions.verify", { kind: "client" })
  )
  const contradicted = () => new OutcomeUnknown({ ...notSent(), outcome: "unknown", reason: "contradiction" })
  const gone = yield* needsReading(config.verify, ending)
    ? Effect.flatMap(read, (presence) => Effect.fromResult(verified(ending, presence, underWay, contradicted)))
    : Effect.fromResult(ending)
  return yield* toReceipt(request, startedAt, attempts, gone)
})

type Ending = Result.Result<Gone, SessionsError>

const needsReading = (verify: PowerdrillConfig["Service"]["verify"], ending: Ending): boolean =>
  Result.isSuccess(ending) ? verify === "always" : verify !== "never" && ending.failure.outcome === "unknown"

/** The ending once the session was looked for. A delete that may still be on its way can yet remove what is there. */
const verified = (ending: Ending, presence: Presence, underWay: boolean, contradicted: () => SessionsError): Ending => {
  if (presence === "absent") {
    return Result.succeed(
      Result.isSuccess(ending)
        ? { ...ending.success, verified: true }
        : { disposition: "absent-after-unknown", traceId: undefined, verified: true }
    )
  }
  if (presence === "unclear") return ending
  if (Result.isSuccess(ending)) return Result.fail(contradicted())
  return underWay ? ending : Result.fail(asNotDeleted(ending.failure))
}

const encodeError = Schema.encodeSync(SessionsError)
const decodeError = Schema.decodeSync(SessionsError)

const asNotDeleted = (error: SessionsError): SessionsError =>
  decodeError({ ...encodeError(error), outcome: "not-deleted" })

const toReport = (answer: Answer, ending: Ending) => ({
  refused: Result.isFailure(ending) && ending.failure._tag === "RateLimited",
  retryAfter: answer._tag === "Response" ? answer.retryAfter : undefined
})
export const toReceipt = (
  request: Pick<DeleteRequest, "sessionId" | "userId"> & { readonly externalTraceId?: string | undefined },
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
        verified: gone.verified,
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
