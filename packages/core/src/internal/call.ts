/**
 * One call: encode, then take a turn, send, read, classify and perhaps try again, until it is known how it ended or the
 * policy or the deadline says stop; then, where asked for, look whether the session is really gone.
 */
import { Clock, Context, DateTime, Duration, Effect, Option, Redacted, Result, Schedule, Schema, Tracer } from "effect"
import type { HttpClient } from "effect/http"
import { DeleteRequest, ExternalTraceId } from "../DeleteRequest.ts"
import type { Plugin } from "../Plugin.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"
import type { BudgetExhausted, RateBudget } from "../RateBudget.ts"
import { Receipt } from "../Receipt.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import { type FailedOutcome, OutcomeUnknown, RateLimited, SessionsError, Unauthorized } from "../SessionsError.ts"
import type { Circuit } from "./circuit.ts"
import { type Answer, classify, type Gone } from "./classify.ts"
import { encode } from "./encode.ts"
import { fixed } from "./hooks.ts"
import type { HooksIn } from "./inForce.ts"
import { type Presence, presence } from "./presence.ts"
import type { RetryBudget } from "./retryBudget.ts"
import { send } from "./send.ts"
import { clientSpan, statusOf, withoutUserId } from "./spans.ts"
import { annotate, withSpanWhenTraced } from "./traced.ts"
import { paidRetries, takeTurn } from "./turn.ts"

/** What all that a client sends shares. */
export interface Wire {
  readonly http: HttpClient.HttpClient
  readonly config: PowerdrillConfig["Service"]
  readonly budget: RateBudget["Service"]
  readonly retryBudget: RetryBudget
  readonly circuit: Circuit
  /** The policy for calls whose own context does not name one. */
  readonly policy: RetryPolicy.Policy
}

/** What the calls of a client share. */
export interface Client<E extends Plugin.Failure = never> extends Wire {
  readonly hooksIn: HooksIn<E>
}

export const call = Effect.fnUntraced(function* <E extends Plugin.Failure>(
  { budget, circuit, config, hooksIn, http, policy, retryBudget }: Client<E>,
  method: Plugin.Call["method"],
  asked: DeleteRequest
): Effect.fn.Return<Receipt, SessionsError | E> {
  const context = yield* Effect.context<never>()
  const request = config.sendTraceId ? withTraceId(asked, context) : asked
  const hooks = hooksIn(context)
  const startedAt = yield* DateTime.now
  const endsAt = DateTime.toEpochMillis(startedAt) + Duration.toMillis(config.deadline)
  const left = Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(Math.max(0, endsAt - now)))
  const redact = redactor(config)
  const about = toCall(method, request)
  const shown = withoutUserId(request.userId)

  // The call's history: how many attempts there were, whether one of them left the ending open, whether one of them may
  // still be on its way, and whether one of them is being answered.
  let attempts = 0
  // What an earlier call left open is as open as what an attempt did.
  let inDoubt = request.afterUnknown === true
  let underWay = inDoubt
  let sending = false
  let closed = false
  const { begun, paidFor, refund } = paidRetries(retryBudget, endsAt)
  const known = () => ({ attempts, outcome: inDoubt || sending ? ("unknown" as const) : ("not-deleted" as const) })
  const notSent = () => ({
    ...known(),
    sessionId: request.sessionId,
    ...(request.externalTraceId === undefined ? undefined : { externalTraceId: request.externalTraceId })
  })

  const keyIsRefused = Effect.map(Clock.currentTimeMillis, circuit.isOpen)

  const turn = Effect.mapError(takeTurn(budget, left), (refusal) => noTurn(refusal, notSent()))
  const exchange = (method: "DELETE" | "GET") =>
    Effect.flatMap(left, (time) =>
      send(http, encode(method, config, request), Duration.min(config.attemptTimeout, time))
    )

  const attempt = Effect.gen(function* () {
    if (yield* keyIsRefused) return yield* new Unauthorized(notSent())
    const queuedAt = yield* Clock.currentTimeMillis
    yield* turn
    // It may have been refused to another call in the meantime.
    if (yield* keyIsRefused) return yield* new Unauthorized(notSent())
    // A wrapper may have ended the call, and left this behind.
    if (closed) return yield* Effect.interrupt
    // A wrapper may have cut off the attempt before, and have run the call again: that one can have arrived.
    inDoubt ||= sending
    underWay ||= sending
    attempts++
    begun()
    sending = true
    const sentAt = yield* Clock.currentTimeMillis
    const answer = yield* exchange("DELETE")
    const { externalTraceId, sessionId } = request
    const ending = classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact })
    // Acknowledged, it is "not deleted" no more, whatever stops the call from now on.
    sending = Result.isSuccess(ending)
    if (Result.isFailure(ending)) {
      if (ending.failure._tag === "Unauthorized") circuit.open(yield* Clock.currentTimeMillis)
      inDoubt = ending.failure.outcome === "unknown"
      underWay ||= ending.failure._tag === "OutcomeUnknown" && ending.failure.reason !== "contradiction"
    }
    yield* report(request, attempts, answer, ending)
    yield* budget.report(toReport(answer, ending))
    if (hooks.onAttempt !== undefined) {
      const answeredAt = yield* Clock.currentTimeMillis
      const told = {
        ...toAttempt(about, attempts, answer, ending),
        queued: Duration.millis(sentAt - queuedAt),
        duration: Duration.millis(answeredAt - sentAt)
      }
      yield* hooks.onAttempt(told, yield* left)
    }
    return yield* Effect.fromResult(ending)
  }).pipe(withSpanWhenTraced("Sessions.attempt", { options: () => clientSpan("DELETE", config, attempts), shown }))

  const advised = (policy: RetryPolicy.Policy, onRetry: NonNullable<typeof hooks.onRetry>): RetryPolicy.Policy => {
    let goesOn = true
    return policy.pipe(
      Schedule.modifyDelay(({ duration, input, now }) =>
        Effect.gen(function* () {
          const retry = { call: about, attempt: attempts, error: input, wait: duration }
          const { stop, wait } = yield* onRetry(retry, yield* left)
          const retryAt = now + Duration.toMillis(wait)
          goesOn = !stop && retryAt < endsAt
          // The wait began before the hooks were told of it.
          return Math.max(0, retryAt - (yield* Clock.currentTimeMillis))
        })
      ),
      Schedule.while(() => goesOn)
    )
  }

  const run = Effect.gen(function* (): Effect.fn.Return<Receipt, SessionsError> {
    const payable = paidFor(Context.getOrUndefined(context, RetryPolicy) ?? policy)
    const ending = yield* attempt.pipe(
      Effect.retry(hooks.onRetry === undefined ? payable : advised(payable, hooks.onRetry)),
      // A retry that was paid for and did not come about.
      Effect.onExit(() => Effect.sync(refund)),
      Effect.result
    )
    if (Result.isSuccess(ending)) retryBudget.deposit(attempts)

    // Reading costs what a retry costs: a server that fails is not asked twice as much.
    const read = Effect.gen(function* (): Effect.fn.Return<Presence, SessionsError> {
      if ((yield* keyIsRefused) || !retryBudget.withdraw()) return "unclear"
      yield* turn
      const answer = yield* exchange("GET")
      yield* annotate(() => statusOf(answer))
      const { externalTraceId, sessionId } = request
      yield* budget.report(
        toReport(answer, classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact }))
      )
      return presence(answer, sessionId)
    }).pipe(
      Effect.orElseSucceed((): Presence => "unclear"),
      withSpanWhenTraced("Sessions.verify", { options: () => clientSpan("GET", config, 0), shown })
    )
    const contradicted = () => new OutcomeUnknown({ ...notSent(), outcome: "unknown", reason: "contradiction" })
    const seen = needsReading(config.verify, ending) ? verified(ending, yield* read, underWay, contradicted) : ending
    const told = method === "ensureDeleted" ? asAbsent(seen) : seen
    if (Result.isFailure(told)) inDoubt = told.failure.outcome === "unknown"
    return yield* toReceipt(request, startedAt, attempts, yield* Effect.fromResult(told))
  })

  return yield* hooks.perform({ call: about, run, known, left, close: () => void (closed = true) })
})

export const redactor = ({ apiKey }: PowerdrillConfig["Service"]) => {
  const key = Redacted.value(apiKey)
  return (text: string) => text.replaceAll(key, "<redacted>")
}

/** What plugins see of a call. */
export const toCall = (
  method: Plugin.Call["method"],
  { afterUnknown, externalTraceId, sessionId, userId }: DeleteRequest
): Plugin.Call =>
  Object.freeze({
    method,
    sessionId,
    userId,
    ...(externalTraceId === undefined ? undefined : { externalTraceId }),
    ...(afterUnknown === true ? { afterUnknown } : undefined)
  })

const toAttempt = (call: Plugin.Call, attempt: number, answer: Answer, ending: Ending) => {
  const seen = {
    call,
    attempt,
    ...(answer._tag === "NotSent" || answer.httpStatus === undefined ? undefined : { httpStatus: answer.httpStatus })
  }
  if (Result.isFailure(ending)) {
    const error = fixed(ending.failure)
    const traceId = "traceId" in error ? error.traceId : undefined
    return { ...seen, outcome: error.outcome, error, ...(traceId === undefined ? undefined : { traceId }) }
  }
  const { disposition, traceId } = ending.success
  return { ...seen, outcome: "deleted" as const, disposition, ...(traceId === undefined ? undefined : { traceId }) }
}

export type Ending = Result.Result<Gone, SessionsError>

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

/** No room in the budget, as the failure of a call. */
export const noTurn = (
  { wait }: BudgetExhausted,
  about: { readonly sessionId: string; readonly outcome: FailedOutcome; readonly attempts: number }
) => new RateLimited({ ...about, limitedBy: "budget", ...(wait === undefined ? undefined : { retryAfter: wait }) })

/** What the budget is told of an answer. */
export const toReport = (answer: Answer, ending: Result.Result<unknown, SessionsError>) => ({
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

/** The trace id of the caller's span, where there is one that can be sent. */
export const traceIdOf = (context: Context.Context<never>): ExternalTraceId | undefined => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  return span === undefined ? undefined : Option.getOrUndefined(decodeTraceId(span.traceId))
}

const withTraceId = (request: DeleteRequest, context: Context.Context<never>): DeleteRequest => {
  if (request.externalTraceId !== undefined) return request
  const externalTraceId = traceIdOf(context)
  return externalTraceId === undefined ? request : new DeleteRequest({ ...request, externalTraceId })
}

/** Span attributes and a log line at debug for an attempt. The user id stays out of both. */
const report = (request: DeleteRequest, attempt: number, answer: Answer, ending: Ending) => {
  const facts = Result.match(ending, {
    onSuccess: ({ disposition, traceId }) => ({ "powerdrill.outcome": disposition, "powerdrill.trace_id": traceId }),
    onFailure: (error) => ({
      "powerdrill.outcome": error.outcome,
      "error.type": error._tag,
      ...("code" in error ? { "powerdrill.code": error.code } : undefined),
      ...("traceId" in error ? { "powerdrill.trace_id": error.traceId } : undefined)
    })
  })
  const attributes = {
    "powerdrill.session_id": request.sessionId,
    "powerdrill.attempt": attempt,
    ...statusOf(answer),
    ...facts
  }
  return Effect.andThen(
    annotate(() => attributes),
    Effect.logDebug("Powerdrill answered a delete", attributes)
  )
}
