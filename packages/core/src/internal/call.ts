/**
 * One call: encode, then take a turn, send, read, classify and perhaps try again, until it is known how it ended or the
 * policy or the deadline says stop; then, where asked for, look whether the session is really gone.
 */
import { Clock, Context, Duration, Effect, Option, Redacted, Result, Schedule, Schema, Tracer } from "effect"
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
import { Deadline } from "./deadline.ts"
import { asAbsent, type Ending, needsReading, toReceipt, verified } from "./ending.ts"
import { encode } from "./encode.ts"
import { type Core, fixed, type Hooks } from "./hooks.ts"
import type { HooksIn } from "./inForce.ts"
import { type Presence, presence } from "./presence.ts"
import type { RetryBudget } from "./retryBudget.ts"
import { send } from "./send.ts"
import { clientSpan, statusOf, withoutUserId } from "./spans.ts"
import { annotate, reported, withSpanWhenTraced } from "./traced.ts"
import { type PaidRetries, paidRetries, report, takeTurn } from "./turn.ts"

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

/** Begins at once, in the context of its caller. */
export const call = <E extends Plugin.Failure>(
  client: Client<E>,
  method: Plugin.Call["method"],
  asked: DeleteRequest,
  context: Context.Context<never>
): Effect.Effect<Receipt, SessionsError | E> => {
  const { config, hooksIn } = client
  const request = config.sendTraceId ? withTraceId(asked, context) : asked
  const hooks = hooksIn(context)
  const deadline = new Deadline(Context.get(context, Clock.Clock), config.deadline)
  return hooks.perform(new Ongoing(client, hooks, context, deadline, method, request))
}

/** A call and its history. */
class Ongoing implements Core {
  readonly wire: Wire
  readonly hooks: Pick<Hooks, "onAttempt" | "onRetry">
  readonly context: Context.Context<never>
  readonly deadline: Deadline
  readonly method: Plugin.Call["method"]
  readonly request: DeleteRequest
  readonly startedAt: number
  attempts = 0
  /** Whether an attempt left the ending open. What an earlier call left open is as open as that. */
  inDoubt: boolean
  /** Whether an attempt may still be on its way. */
  underWay: boolean
  /** Whether an attempt is being answered. */
  sending = false
  closed = false
  /** Pays for attempts after the first. */
  retries: PaidRetries | undefined

  constructor(
    wire: Wire,
    hooks: Pick<Hooks, "onAttempt" | "onRetry">,
    context: Context.Context<never>,
    deadline: Deadline,
    method: Plugin.Call["method"],
    request: DeleteRequest
  ) {
    this.wire = wire
    this.hooks = hooks
    this.context = context
    this.deadline = deadline
    this.method = method
    this.request = request
    this.startedAt = deadline.now()
    this.inDoubt = this.underWay = request.afterUnknown === true
  }

  get run() {
    return run(this)
  }
  private shown: Plugin.Call | undefined
  get call() {
    return (this.shown ??= toCall(this.method, this.request))
  }
  left() {
    return this.deadline.left()
  }
  now() {
    return this.deadline.now()
  }
  close() {
    this.closed = true
  }
  known() {
    const outcome: FailedOutcome = this.inDoubt || this.sending ? "unknown" : "not-deleted"
    return { attempts: this.attempts, outcome }
  }
  /** What errors say of a request that was not sent. */
  notSent() {
    const { externalTraceId, sessionId } = this.request
    return { ...this.known(), sessionId, ...(externalTraceId === undefined ? undefined : { externalTraceId }) }
  }
  classify(answer: Answer) {
    const { externalTraceId, sessionId } = this.request
    const { attempts, inDoubt, wire } = this
    return classify(answer, { sessionId, externalTraceId, attempts, inDoubt, redact: redactor(wire.config) })
  }
}

// What is known at once is gone on with at once, by `Effect.flatMapEager`: as generators, these few steps took a tenth of a
// short call's time.

const run = (call: Ongoing): Effect.Effect<Receipt, SessionsError> =>
  Effect.flatMap(attempts(call), (ending) =>
    Effect.flatMapEager(verify(call, ending), (seen) => Effect.fromResult(settle(call, seen)))
  )

/** One attempt, and others for as long as the policy goes on. */
const attempts = (call: Ongoing): Effect.Effect<Ending> =>
  Effect.flatMap(Effect.result(attempt(call)), (first) =>
    Result.isSuccess(first) ? Effect.succeed(first) : Effect.result(attemptsAfter(call, first.failure))
  )

/** Looks whether the session is gone, where that is asked for. */
const verify = (call: Ongoing, ending: Ending): Effect.Effect<Ending> => {
  const { config, retryBudget } = call.wire
  if (Result.isSuccess(ending)) retryBudget.deposit(call.attempts)
  if (!needsReading(config.verify, ending)) return Effect.succeed(ending)
  const contradicted = () => new OutcomeUnknown({ ...call.notSent(), outcome: "unknown", reason: "contradiction" })
  return Effect.map(read(call), (presence) => verified(ending, presence, call.underWay, contradicted))
}

const settle = (call: Ongoing, seen: Ending): Result.Result<Receipt, SessionsError> => {
  const { attempts, deadline, method, request, startedAt } = call
  const told = method === "ensureDeleted" ? asAbsent(seen) : seen
  if (Result.isFailure(told)) call.inDoubt = told.failure.outcome === "unknown"
  return Result.map(told, (gone) => toReceipt(request, { startedAt, finishedAt: deadline.now() }, attempts, gone))
}

const attempt = (call: Ongoing): Effect.Effect<Gone, SessionsError> =>
  withSpanWhenTraced(
    (context) => attemptUntraced(call, context),
    "Sessions.attempt",
    () => ({
      options: clientSpan("DELETE", call.wire.config, call.attempts),
      shown: withoutUserId(call.request.userId)
    })
  )

const attemptUntraced = (call: Ongoing, context: Context.Context<never>): Effect.Effect<Gone, SessionsError> => {
  const { deadline, wire } = call
  if (wire.circuit.isOpen(deadline.now())) return Effect.fail(new Unauthorized(call.notSent()))
  const queuedAt = deadline.now()
  return Effect.flatMapEager(turn(call), () => {
    // It may have been refused to another call in the meantime.
    if (wire.circuit.isOpen(deadline.now())) return Effect.fail(new Unauthorized(call.notSent()))
    // A wrapper may have ended the call, and left this behind.
    if (call.closed) return Effect.interrupt
    // A wrapper may have cut off the attempt before, and have run the call again: that one can have arrived.
    call.inDoubt ||= call.sending
    call.underWay ||= call.sending
    call.attempts++
    call.retries?.begun()
    call.sending = true
    const sentAt = deadline.now()
    return Effect.flatMap(exchange(call, "DELETE", context), (answer) =>
      answered(call, context, answer, { queuedAt, sentAt })
    )
  })
}

/** Times are milliseconds since 1970. */
const answered = (
  call: Ongoing,
  context: Context.Context<never>,
  answer: Answer,
  { queuedAt, sentAt }: { readonly queuedAt: number; readonly sentAt: number }
): Effect.Effect<Gone, SessionsError> => {
  const { deadline, hooks, wire } = call
  const ending = call.classify(answer)
  // Acknowledged, it is "not deleted" no more, whatever stops the call from now on.
  call.sending = Result.isSuccess(ending)
  if (Result.isFailure(ending)) {
    const { failure } = ending
    if (failure._tag === "Unauthorized") wire.circuit.open(deadline.now())
    call.inDoubt = failure.outcome === "unknown"
    call.underWay ||= failure._tag === "OutcomeUnknown" && failure.reason !== "contradiction"
  }
  return reported(context, "Powerdrill answered a delete", () => attributes(call, answer, ending)).pipe(
    Effect.flatMapEager(() => report(wire.budget, deadline, answer, ending)),
    Effect.flatMapEager(() => {
      if (hooks.onAttempt === undefined) return Effect.void
      const told = {
        ...toAttempt(call, answer, ending),
        queued: Duration.millis(sentAt - queuedAt),
        duration: Duration.millis(deadline.now() - sentAt)
      }
      return hooks.onAttempt(told, deadline.left(), context)
    }),
    Effect.flatMapEager(() => Effect.fromResult(ending))
  )
}

const turn = (call: Ongoing): Effect.Effect<void, SessionsError> =>
  Effect.mapErrorEager(takeTurn(call.wire.budget, call.deadline), (refusal) => noTurn(refusal, call.notSent()))

const exchange = (
  { deadline, request, wire: { config, http } }: Ongoing,
  method: "DELETE" | "GET",
  context: Context.Context<never>
) => send(http, encode(method, config, request), Duration.min(config.attemptTimeout, deadline.left()), context)

/** The attempts after a failed one, for as long as the policy goes on. */
const attemptsAfter = (call: Ongoing, failure: SessionsError): Effect.Effect<Gone, SessionsError> => {
  const { context, deadline, hooks, wire } = call
  const retries = paidRetries(wire.retryBudget, deadline.endsAt)
  call.retries = retries
  const policy = retries.paidFor(Context.getOrUndefined(context, RetryPolicy) ?? wire.policy)
  let failed: SessionsError | undefined = failure
  return Effect.suspend(() => {
    if (failed === undefined) return attempt(call)
    const last = Effect.fail(failed)
    failed = undefined
    return last
  }).pipe(
    Effect.retry(hooks.onRetry === undefined ? policy : advised(call, policy, hooks.onRetry)),
    // A retry that was paid for and did not come about.
    Effect.onExit(() => Effect.sync(retries.refund))
  )
}

const advised = (
  ongoing: Ongoing,
  policy: RetryPolicy.Policy,
  onRetry: NonNullable<Hooks["onRetry"]>
): RetryPolicy.Policy => {
  const { call, deadline } = ongoing
  let goesOn = true
  return policy.pipe(
    Schedule.modifyDelay(({ duration, input, now }) =>
      Effect.map(
        onRetry({ call, attempt: ongoing.attempts, error: input, wait: duration }, deadline.left()),
        ({ stop, wait }) => {
          const retryAt = now + Duration.toMillis(wait)
          goesOn = !stop && retryAt < deadline.endsAt
          // The wait began before the hooks were told of it.
          return Math.max(0, retryAt - deadline.now())
        }
      )
    ),
    Schedule.while(() => goesOn)
  )
}

/** Reading costs what a retry costs: a server that fails is not asked twice as much. */
const read = (call: Ongoing): Effect.Effect<Presence> => {
  const { budget, circuit, config, retryBudget } = call.wire
  const reading = Effect.fnUntraced(function* (
    context: Context.Context<never>
  ): Effect.fn.Return<Presence, SessionsError> {
    if (circuit.isOpen(call.deadline.now()) || !retryBudget.withdraw()) return "unclear"
    yield* turn(call)
    const answer = yield* exchange(call, "GET", context)
    annotate(context, () => statusOf(answer))
    yield* report(budget, call.deadline, answer, call.classify(answer))
    return presence(answer, call.request.sessionId)
  })
  return withSpanWhenTraced(
    (context) => Effect.orElseSucceed(reading(context), (): Presence => "unclear"),
    "Sessions.verify",
    () => ({ options: clientSpan("GET", config, 0), shown: withoutUserId(call.request.userId) })
  )
}

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

const toAttempt = ({ attempts, call }: Ongoing, answer: Answer, ending: Ending) => {
  const seen = {
    call,
    attempt: attempts,
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

/** No room in the budget, as the failure of a call. */
export const noTurn = (
  { wait }: BudgetExhausted,
  about: { readonly sessionId: string; readonly outcome: FailedOutcome; readonly attempts: number }
) => new RateLimited({ ...about, limitedBy: "budget", ...(wait === undefined ? undefined : { retryAfter: wait }) })

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

/** What the span and the log line of an attempt show. The user id stays out of both. */
const attributes = ({ attempts, request }: Ongoing, answer: Answer, ending: Ending) => ({
  "powerdrill.session_id": request.sessionId,
  "powerdrill.attempt": attempts,
  ...statusOf(answer),
  ...Result.match(ending, {
    onSuccess: ({ disposition, traceId }) => ({ "powerdrill.outcome": disposition, "powerdrill.trace_id": traceId }),
    onFailure: (error) => ({
      "powerdrill.outcome": error.outcome,
      "error.type": error._tag,
      ...("code" in error ? { "powerdrill.code": error.code } : undefined),
      ...("traceId" in error ? { "powerdrill.trace_id": error.traceId } : undefined)
    })
  })
})
