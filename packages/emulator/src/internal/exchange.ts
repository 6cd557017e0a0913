/**
 * What happens around every request, whatever its route: it is recorded, delayed, given a trace ID, and answered even
 * when something failed.
 *
 * `exchange` is where faults belong: it alone sees the moment after the server has acted and before anything is sent.
 */
import { Cause, Context, Duration, Effect, Random } from "effect"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Answers } from "../Answers.ts"
import type { ReceivedRequest } from "../ReceivedRequest.ts"
import { type Answer, refusal, toResponse } from "./answer.ts"

/** The request under way; `code` is the code it was answered with, once it is known. */
class Exchange extends Context.Service<Exchange, { code?: number }>()(
  "@powerdrill-sessions/emulator/internal/exchange"
) {}

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
      const received = receive(request)
      const position = options.log.push(received) - 1
      const current: Exchange["Service"] = {}

      const half = isApi(request.url) ? yield* halfLatency : 0
      const pause = half === 0 ? Effect.void : Effect.interruptible(Effect.sleep(half))

      yield* pause
      const response = yield* Effect.catchCause(app, (cause) => answerFailure(options.answers, request, cause)).pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request.modify({ url: routable(request.url) })),
        Effect.provideService(Exchange, current)
      )
      yield* pause

      options.log[position] = { ...received, answer: { status: response.status, ...current, traceId } }
      return HttpServerResponse.setHeader(response, "x-pd-trace-id", traceId)
    })
}

const isApi = (url: string): boolean => url.startsWith("/api/")

// A bare semicolon is part of the segment it stands in; the router would take it for a question mark.
const routable = (url: string): string => url.replace(/^[^?#]*/, (path) => path.replaceAll(";", "%3B"))

const receive = (request: HttpServerRequest.HttpServerRequest): ReceivedRequest => {
  const headers: Record<string, string> = { ...request.headers }
  if (headers["x-pd-api-key"] !== undefined) headers["x-pd-api-key"] = "<redacted>"
  return { method: request.method, path: request.url, headers }
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
