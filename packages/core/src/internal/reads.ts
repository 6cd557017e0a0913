/**
 * Reading sessions: one, or all of a user. The same turns, attempts, retries and times as a delete has, for each request;
 * no plugin is asked or told, as nothing is deleted.
 */
import { Clock, Context, Duration, Effect, Option, Result, Schema, Stream } from "effect"
import { UserId, validate } from "../DeleteRequest.ts"
import { ReadFailed } from "../ReadFailed.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import { OutcomeUnknown, type SessionsError, Unauthorized } from "../SessionsError.ts"
import type { Sessions } from "../Sessions.ts"
import type { SessionSummary } from "../SessionSummary.ts"
import { brokenRule } from "./brokenRule.ts"
import { noTurn, redactor, traceIdOf, type Wire } from "./call.ts"
import { type Answer, type AnswerError, type Call, classify } from "./classify.ts"
import { Deadline } from "./deadline.ts"
import { encode, encodePage, type EncodedRequest } from "./encode.ts"
import * as Listing from "./listing.ts"
import { pageOf, summaryOf } from "./page.ts"
import { presence } from "./presence.ts"
import { reasonOf } from "./readReason.ts"
import { send } from "./send.ts"
import { clientSpan, statusOf, withoutUserId } from "./spans.ts"
import { reported, streamWithSpanWhenTraced, withSpanWhenTraced } from "./traced.ts"
import { paidRetries, report, takeTurn } from "./turn.ts"

/** A page of a hundred sessions with long titles is far below this; one of all that a team can have is, too. */
const maxPageBytes = 8 * 1024 * 1024

export const list = (wire: Wire, options: Sessions.ListOptions): Stream.Stream<SessionSummary, ReadFailed> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { titleContains: title, userId } = yield* checkList(options)
      const externalTraceId = yield* traceId(wire)
      const listing = Listing.make()
      const readPage = Effect.suspend(() =>
        read(wire, userId, {
          sessionId: "",
          request: encodePage(wire.config, { userId, title, externalTraceId, ...listing.ask() }),
          template: "/v1/team/sessions",
          maxBytes: maxPageBytes,
          understand: understandPage
        })
      ).pipe(Effect.mapError(toReadFailed("list", userId)))
      return Stream.paginate(
        undefined,
        Effect.fnUntraced(function* () {
          const { fresh, next } = listing.take(yield* readPage)
          if (next === "read") return [fresh, Option.some(undefined)] as const
          if (next === "done") return [fresh, Option.none()] as const
          return yield* new ReadFailed({ read: "list", reason: next, attempts: 0 })
        })
      )
    })
  ).pipe(streamWithSpanWhenTraced("Sessions.list"))

export const find = (
  wire: Wire,
  options: Sessions.FindOptions
): Effect.Effect<Option.Option<SessionSummary>, ReadFailed> =>
  withSpanWhenTraced(
    Effect.fnUntraced(function* () {
      const request = yield* checkFind(options)
      const externalTraceId = yield* traceId(wire)
      const { sessionId, userId } = request
      return yield* read(wire, userId, {
        sessionId,
        request: encode("GET", wire.config, { ...request, externalTraceId }),
        understand: understandSession
      }).pipe(Effect.mapError(toReadFailed("find", userId, sessionId)))
    }),
    "Sessions.find",
    () => ({ shown: (error) => error })
  )

/** What is read, and how its answer is understood. */
interface Asked<A> {
  /** Empty for a listing. */
  readonly sessionId: string
  readonly request: EncodedRequest
  readonly understand: (answer: Answer, call: Call) => Result.Result<A, AnswerError>
  readonly template?: string
  readonly maxBytes?: number
}

/** One read: attempts, until one is understood or the policy or the deadline says stop. */
const read = Effect.fnUntraced(function* <A>(
  { budget, circuit, config, http, policy, retryBudget }: Wire,
  userId: string,
  { maxBytes, request, sessionId, template, understand }: Asked<A>
): Effect.fn.Return<A, SessionsError> {
  const deadline = new Deadline(yield* Clock.Clock, config.deadline)
  const redact = redactor(config)
  const { begun, paidFor, refund } = paidRetries(retryBudget, deadline.endsAt)
  let attempts = 0
  const about = () => ({ sessionId, outcome: "not-deleted", attempts }) as const

  const attemptUntraced = Effect.fnUntraced(function* (context: Context.Context<never>) {
    if (circuit.isOpen(deadline.now())) return yield* new Unauthorized(about())
    yield* Effect.mapError(takeTurn(budget, deadline), (refusal) => noTurn(refusal, about()))
    // It may have been refused to a call in the meantime.
    if (circuit.isOpen(deadline.now())) return yield* new Unauthorized(about())
    attempts++
    begun()
    const answer = yield* send(http, request, Duration.min(config.attemptTimeout, deadline.left()), context, maxBytes)
    const ending = understand(answer, { sessionId, externalTraceId: undefined, attempts, inDoubt: false, redact })
    if (Result.isFailure(ending) && ending.failure._tag === "Unauthorized") circuit.open(deadline.now())
    yield* reported(context, "Powerdrill answered a read", () =>
      attributes(sessionId, attempts, answer, ending, redact)
    )
    yield* report(budget, deadline, answer, ending)
    return yield* Effect.fromResult(ending)
  })
  const attempt = withSpanWhenTraced(attemptUntraced, "Sessions.attempt", () => ({
    options: clientSpan("GET", config, attempts, template),
    shown: withoutUserId(userId)
  }))

  const context = yield* Effect.context<never>()
  const answered = yield* attempt.pipe(
    Effect.retry(paidFor(Context.getOrUndefined(context, RetryPolicy) ?? policy)),
    Effect.onExit(() => Effect.sync(refund))
  )
  retryBudget.deposit(attempts)
  return answered
})

/** What the span and the log line of an attempt show. The user id stays out of both. */
const attributes = (
  sessionId: string,
  attempt: number,
  answer: Answer,
  ending: Result.Result<unknown, AnswerError>,
  redact: (text: string) => string
) => {
  const error = Option.getOrUndefined(Result.getFailure(ending))
  return {
    ...(sessionId === "" ? undefined : { "powerdrill.session_id": sessionId }),
    "powerdrill.attempt": attempt,
    ...statusOf(answer),
    ...(answer._tag === "NotSent" || answer.traceId === undefined
      ? undefined
      : { "powerdrill.trace_id": redact(answer.traceId) }),
    ...(error === undefined ? undefined : { "error.type": error._tag }),
    ...(error !== undefined && "code" in error ? { "powerdrill.code": error.code } : undefined)
  }
}

const understandPage = (answer: Answer, call: Call) => understand(answer, call, pageOf)

const understandSession = (answer: Answer, call: Call): Result.Result<Option.Option<SessionSummary>, AnswerError> =>
  presence(answer, call.sessionId) === "absent"
    ? Result.succeed(Option.none())
    : Result.map(
        understand(answer, call, (body) => Option.filter(summaryOf(body), ({ id }) => id === call.sessionId)),
        Option.some
      )

/** A success is one only with what was asked for in it. */
const understand = <A>(
  answer: Answer,
  call: Call,
  readBody: (body: string) => Option.Option<A>
): Result.Result<A, AnswerError> => {
  const { attempts, sessionId } = call
  const [found, seen] =
    answer._tag === "Response" ? [readBody(answer.body), { httpStatus: answer.httpStatus }] : [Option.none<A>(), {}]
  return Result.flatMap(classify(answer, call), ({ traceId }) =>
    Result.fromOption(
      found,
      () =>
        new OutcomeUnknown({
          sessionId,
          attempts,
          outcome: "unknown",
          reason: "unreadable",
          ...seen,
          ...(traceId === undefined ? undefined : { traceId })
        })
    )
  )
}

/** A failure in the words of a read. The user id, which the API may have put into its text, stays out of it. */
const toReadFailed =
  (read: ReadFailed["read"], userId: string, sessionId?: string) =>
  (error: SessionsError): ReadFailed => {
    const clean = (text: string) =>
      text.replaceAll(userId, "<redacted>").replaceAll(encodeURIComponent(userId), "<redacted>")
    return new ReadFailed({
      read,
      reason: reasonOf(error),
      ...(sessionId === undefined ? undefined : { sessionId }),
      attempts: error.attempts,
      ...("code" in error && error.code !== undefined ? { code: error.code } : undefined),
      ...("httpStatus" in error && error.httpStatus !== undefined ? { httpStatus: error.httpStatus } : undefined),
      ...("msg" in error && error.msg !== undefined ? { msg: clean(error.msg) } : undefined),
      ...("traceId" in error && error.traceId !== undefined ? { traceId: error.traceId } : undefined),
      ...("detail" in error && error.detail !== undefined ? { detail: error.detail } : undefined),
      ...("retryAfter" in error && error.retryAfter !== undefined ? { retryAfter: error.retryAfter } : undefined)
    })
  }

const traceId = ({ config }: Wire) =>
  Effect.map(Effect.context<never>(), (context) => (config.sendTraceId ? traceIdOf(context) : undefined))

const ListOptions = Schema.Struct({
  userId: UserId,
  titleContains: Schema.optional(
    Schema.String.check(
      Schema.makeFilter((text: string) => text !== "" || "must not be empty: leave it out to list all"),
      Schema.makeFilter(
        (text: string) => text.isWellFormed() || "must not contain a lone surrogate: it cannot be sent as UTF-8"
      )
    )
  )
})

const decodeList = Schema.decodeUnknownResult(ListOptions)

/** Checks what is asked of a listing, without sending anything. */
export const checkList = (options: Sessions.ListOptions) =>
  Effect.suspend(() =>
    Effect.fromResult(
      Result.mapError(
        decodeList(options),
        (error) => new ReadFailed({ read: "list", reason: "invalid-request", attempts: 0, ...brokenRule(error) })
      )
    )
  )

/** The same for one session. */
export const checkFind = ({ sessionId, userId }: Sessions.FindOptions) =>
  Effect.suspend(() =>
    Effect.fromResult(
      Result.mapError(
        validate({ sessionId, userId }),
        ({ field, rule, sessionId }) =>
          new ReadFailed({
            read: "find",
            reason: "invalid-request",
            ...(sessionId === undefined ? undefined : { sessionId }),
            attempts: 0,
            field,
            rule
          })
      )
    )
  )
