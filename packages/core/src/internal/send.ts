/**
 * One attempt on the wire: send, and read what comes back, bounded in time and size. Never fails: whatever happens is
 * an `Answer`.
 */
import { Cause, Clock, Context, Duration, Effect, Exit, Fiber, Option, Result } from "effect"
import {
  FetchHttpClient,
  Headers,
  HttpBody,
  HttpClient,
  HttpClientError,
  HttpClientRequest,
  HttpClientResponse,
  UrlParams
} from "effect/http"
import * as Transport from "../Transport.ts"
import { alarm } from "./alarm.ts"
import type { Answer } from "./classify.ts"
import type { EncodedRequest } from "./encode.ts"
import { codeOf, notSent } from "./notSent.ts"
import { ownConnection } from "./ownConnection.ts"
import { remembered } from "./remembered.ts"
import { textOfStream } from "./textOfStream.ts"

export const send = (
  client: HttpClient.HttpClient,
  request: EncodedRequest | Posted,
  timeout: Duration.Duration,
  context: Context.Context<never>,
  maxBytes = defaultMaxBytes
): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const transport = ("body" in request ? undefined : Transport.attached(client)) ?? overClient(client)
    let head: Transport.Head | undefined
    let ended = false
    let callOff = () => {}
    const listener: Transport.Listener = {
      onHead: (told) => {
        head = told
      },
      onEnd: (ending) => {
        ended = true
        callOff()
        resume(Effect.suspend(() => toAnswer(head, ending, context)))
      }
    }
    const headers = { ...request.headers, ...encodings }
    const letGo = transport({ ...request, headers, maxBytes }, listener, context)
    if (ended) return
    callOff = alarm(context, timeout, () => {
      resume(Effect.sync(() => noAnswer("timeout", head)))
      Effect.runFork(letGo)
    })
    return Effect.suspend(() => {
      callOff()
      return letGo
    })
  })

/** A request to somebody else than the API. */
export interface Posted {
  readonly method: "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/** Any client, as if it were a transport. */
const overClient =
  (client: HttpClient.HttpClient) =>
  (
    request: (EncodedRequest | Posted) & { readonly maxBytes: number },
    { onEnd, onHead }: Transport.Listener,
    context: Context.Context<never>
  ): Effect.Effect<void> => {
    const read = (response: HttpClientResponse.HttpClientResponse) => {
      // A response may make new headers each time that it is asked.
      onHead({ status: response.status, headers: response.headers })
      return Effect.map(textOfStream(response, request.maxBytes), (body): Transport.Body => ({
        ...body,
        redirected: wasRedirected(response)
      }))
    }
    const fail = ({ reason }: HttpClientError.HttpClientError): Effect.Effect<Transport.Body, unknown> => {
      switch (reason._tag) {
        // A client that fails on statuses of its choice still hands over the response.
        case "StatusCodeError":
          return read(reason.response)
        case "DecodeError":
        case "EmptyBodyError":
          onHead({ status: reason.response.status, headers: reason.response.headers })
      }
      return Effect.fail(reason)
    }
    const exchange = Effect.matchEffect(client.execute(toHttp(request)), { onSuccess: read, onFailure: fail })
    const fiber = Effect.runForkWith(forClient(context))(exchange)
    fiber.addObserver(onEnd)
    return Fiber.interrupt(fiber)
  }

/** A fetch of the caller's own may have followed a redirect, whatever it was told. */
const wasRedirected = (response: HttpClientResponse.HttpClientResponse): boolean =>
  Option.exists(HttpClientResponse.toWeb(response), ({ redirected }) => redirected)

const toHttp = (request: EncodedRequest | Posted): HttpClientRequest.HttpClientRequest => {
  const headers = Headers.fromInput({ ...request.headers, ...ownConnection() })
  const empty = HttpClientRequest.makeWith(
    request.method,
    request.url,
    UrlParams.empty,
    Option.none(),
    headers,
    HttpBody.empty
  )
  return "body" in request ? HttpClientRequest.bodyText(empty, request.body, "application/json") : empty
}

// What each transport undoes. Deno's fetch hands over others as they are, and Bun's those that lie upon each other.
const encodings = { "accept-encoding": "gzip, br" }

// The stock client would follow redirects with the key in hand, write the URL with the user id into a span of its own,
// and send trace propagation headers to the API.
const forClient = remembered((context: Context.Context<never>): Context.Context<never> =>
  Context.merge(context, unobserved).pipe(
    Context.add(FetchHttpClient.RequestInit, {
      ...Context.getOrUndefined(context, FetchHttpClient.RequestInit),
      redirect: "manual"
    })
  )
)

const unobserved = Context.make(HttpClient.TracerDisabledWhen, () => true).pipe(
  Context.add(Headers.CurrentRedactedNames, [/.*/])
)

/** Longer than any answer of the API about one session; reading stops here. */
const defaultMaxBytes = 64 * 1024

const toAnswer = (
  head: Transport.Head | undefined,
  ending: Exit.Exit<Transport.Body, unknown>,
  context: Context.Context<never>
): Exit.Exit<Answer> => {
  if (Exit.isSuccess(ending)) return Exit.succeed(toResponse(head, ending.value, context))
  const failure = Cause.findFail(ending.cause)
  // What a client dies of is no answer.
  if (Result.isFailure(failure)) return Exit.failCause(failure.failure)
  return Exit.succeed(head === undefined ? lost(failure.success.error) : noAnswer("unreadable", head))
}

const toResponse = (
  head: Transport.Head | undefined,
  { data, redirected, whole }: Transport.Body,
  context: Context.Context<never>
): Answer => {
  if (head === undefined) return noAnswer("unreadable", head)
  if (redirected === true) return noAnswer("redirected", head)
  if (isForeignEncoding(header(head, "content-encoding"))) return noAnswer("unreadable", head)
  return {
    _tag: "Response",
    httpStatus: head.status,
    traceId: header(head, "x-pd-trace-id"),
    retryAfter: readRetryAfter(head, Context.get(context, Clock.Clock)),
    body: typeof data === "string" ? data : decoder.decode(data),
    whole
  }
}

const decoder = new TextDecoder()

const header = ({ headers }: Transport.Head, name: string): string | undefined => {
  const value = headers[name]
  return (typeof value === "string" ? value : value?.join(", ")) || undefined
}

/** An encoding that not every transport undoes: what looks like text may be none. */
const isForeignEncoding = (encoding: string | undefined): boolean =>
  encoding !== undefined && !/^(?:identity|gzip|br)$/i.test(encoding)

/** There has been no answer at all. */
const lost = (cause: unknown): Answer => {
  const detail = notSent(cause)
  return detail === undefined
    ? { _tag: "NoAnswer", reason: "connection-lost", httpStatus: undefined, traceId: undefined, detail: codeOf(cause) }
    : { _tag: "NotSent", detail }
}

const noAnswer = (reason: "timeout" | "unreadable" | "redirected", head: Transport.Head | undefined): Answer => ({
  _tag: "NoAnswer",
  reason,
  httpStatus: head?.status,
  traceId: head === undefined ? undefined : header(head, "x-pd-trace-id")
})

/** How long the server asks to wait, if it says so in a way that can be read. */
const readRetryAfter = (head: Transport.Head, clock: Clock.Clock): Duration.Duration | undefined => {
  const millis = header(head, "retry-after-ms")
  if (millis !== undefined && isDecimal(millis)) return Duration.millis(Math.ceil(Number(millis)))
  const seconds = header(head, "retry-after")
  if (seconds === undefined) return undefined
  // The standard knows whole seconds only; a fraction must not be undercut.
  if (isDecimal(seconds) && seconds.includes(".")) return Duration.millis(Math.ceil(Number(seconds) * 1_000))
  return Result.getOrUndefined(
    Result.map(Headers.parseRetryAfter(seconds), (retryAfter) =>
      Headers.retryAfterDelay(retryAfter, clock.currentTimeMillisUnsafe())
    )
  )
}

const isDecimal = (text: string): boolean => /^\d{1,15}(?:\.\d{1,15})?$/.test(text)
