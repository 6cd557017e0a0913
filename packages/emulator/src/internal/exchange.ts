/**
 * What happens around every request, whatever its route: it is recorded, delayed, given a trace ID, and answered even
 * when something failed, or not as it should be if the fault plan says so.
 */
import { Cause, Clock, Context, Duration, Effect, Fiber, Random, type Scope } from "effect"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Answers } from "../Answers.ts"
import type { Fault } from "../Fault.ts"
import type { ReceivedRequest } from "../ReceivedRequest.ts"
import { type Answer, refusal, toResponse } from "./answer.ts"
import { deliver, resetDoomed } from "./deliver.ts"
import { type Faults, targetOf } from "./faults.ts"
import { fromResponse, instead, type Message, neverActed } from "./message.ts"

/** The request under way; `code` is the code it is truly answered with, once that is known. */
export class Exchange extends Context.Service<
  Exchange,
  {
    readonly traceId: string
    readonly position: number
    code?: number
  }
>()("@powerdrill-sessions/emulator/internal/exchange") {}

/** The only way to answer with an envelope. */
export const reply = (answer: Answer): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const current = Context.getOrUndefined(context, Exchange)
    if (current !== undefined) current.code = answer.code
    return Effect.succeed(toResponse(answer))
  })

export interface Options {
  readonly answers: Answers
  readonly latency: Duration.Input
  readonly jitter: Duration.Input
  readonly log: Array<ReceivedRequest>
  readonly faults: Faults
  /** Where the server acts on requests whose fault says that it does so whether or not the client stays. */
  readonly acts: Scope.Scope
}

export const newTraceId = (): string => crypto.randomUUID().replaceAll("-", "")

export const exchange = (options: Options) => {
  const latency = Duration.toMillis(Duration.fromInputUnsafe(options.latency))
  // A bare number is a fraction of the latency.
  const jitter =
    typeof options.jitter === "number"
      ? options.jitter * latency
      : Duration.toMillis(Duration.fromInputUnsafe(options.jitter))

  const halfLatency =
    jitter === 0
      ? Effect.succeed(latency / 2)
      : Effect.map(Random.nextBetween(latency - jitter, latency + jitter), (millis) => Math.max(0, millis) / 2)

  return <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const traceId = newTraceId()
      const received = receive(request, traceId, yield* Clock.currentTimeMillis)
      const position = options.log.push(received) - 1
      const current: Exchange["Service"] = { traceId, position }

      const isFaulty = isApi(request.url)
      const doomed = isFaulty ? resetDoomed(request) : undefined
      if (doomed !== undefined) return yield* doomed
      const decision = isFaulty ? yield* options.faults.decide(targetOf(request.method, request.url)) : undefined
      if (decision !== undefined) options.log[position] = { ...received, fault: decision.rule }

      const half = isFaulty ? yield* halfLatency : 0
      const pause = half === 0 ? Effect.void : Effect.interruptible(Effect.sleep(half))

      const sent = ({ code, status }: { readonly code?: number | undefined; readonly status: number }) => {
        const answer = { status, ...(code === undefined ? {} : { code }), traceId }
        options.log[position] = { ...(options.log[position] ?? received), answer }
      }

      yield* pause
      const act = Effect.catchCause(app, (cause) => answerFailure(options.answers, request, cause)).pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request.modify({ url: routable(request.url) })),
        Effect.provideService(Exchange, current)
      )
      if (decision === undefined) {
        const response = yield* act
        yield* pause
        sent({ status: response.status, code: current.code })
        return HttpServerResponse.setHeader(response, "x-pd-trace-id", traceId)
      }

      const { fault } = decision
      const response = yield* actedOn(fault, act, options.acts)
      const truth = response === undefined ? neverActed(options.answers) : fromResponse(response, current.code)
      yield* fault.after === "forever" ? Effect.interruptible(Effect.never) : wait(fault.after)
      yield* pause
      const message = yield* instead(options.answers, traced(truth, traceId), fault.answer ?? {})
      return yield* deliver(request, message, fault.send ?? "whole", sent)
    })
}

const isApi = (url: string): boolean => url.startsWith("/api/")

// The server runs requests uninterruptibly, except where told otherwise.

/** Acts as the fault says, although the client may go away meanwhile; only the end of the emulator ends it. */
const actedOn = <E, R>(
  fault: Fault,
  act: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  scope: Scope.Scope
) =>
  Effect.gen(function* () {
    yield* wait(fault.before)
    switch (fault.act) {
      case "never":
        return undefined
      case "twice":
        return yield* Effect.andThen(act, act)
      default:
        return yield* act
    }
  }).pipe(
    Effect.interruptible,
    Effect.forkIn(scope, { startImmediately: true }),
    Effect.flatMap((fiber) => Effect.interruptible(Fiber.join(fiber)))
  )

const wait = (duration: Duration.Input = 0): Effect.Effect<void> =>
  Duration.isZero(Duration.fromInputUnsafe(duration)) ? Effect.void : Effect.interruptible(Effect.sleep(duration))

const traced = (message: Message, traceId: string): Message => ({
  ...message,
  headers: { ...message.headers, "x-pd-trace-id": traceId }
})

// A bare semicolon is part of the segment it stands in; the router would take it for a question mark.
const routable = (url: string): string => url.replace(/^[^?#]*/, (path) => path.replaceAll(";", "%3B"))

const receive = (request: HttpServerRequest.HttpServerRequest, traceId: string, at: number): ReceivedRequest => {
  const headers: Record<string, string> = { ...request.headers }
  if (headers["x-pd-api-key"] !== undefined) headers["x-pd-api-key"] = "<redacted>"
  return { at, traceId, method: request.method, path: request.url, headers }
}

const answerFailure = <E>(
  answers: Answers,
  request: HttpServerRequest.HttpServerRequest,
  cause: Cause.Cause<E>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E> => {
  // The client went away, or the emulator is closing: there is nobody to answer.
  if (Cause.hasInterrupts(cause)) return Effect.failCause(cause)
  const isNoRoute = cause.reasons.some(
    (reason) =>
      Cause.isFailReason(reason) &&
      HttpServerError.isHttpServerError(reason.error) &&
      reason.error.reason._tag === "RouteNotFound"
  )
  if (isNoRoute) return Effect.succeed(noRoute(request))
  return Effect.andThen(
    Effect.logError(`The emulator failed to answer ${request.method} ${request.url}`, cause),
    reply(refusal(answers, 9999))
  )
}

/** An unknown path is not answered by the API but by what serves it, so without an envelope. */
export const noRoute = (request: HttpServerRequest.HttpServerRequest): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `Not Found: ${request.method} ${request.url}\nThe emulator serves /api/v1/team/sessions; see /docs.\n`,
    { status: 404 }
  )
