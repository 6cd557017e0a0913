/**
 * One attempt on the wire: send, and read what comes back, bounded in time and size. Never fails: whatever happens is
 * an `Answer`.
 */
import { Clock, Context, Duration, Effect, Option, Result } from "effect"
import {
  FetchHttpClient,
  Headers,
  HttpBody,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  HttpClientResponse,
  UrlParams
} from "effect/http"
import { type BoundedResponse, isBoundedResponse } from "../BoundedResponse.ts"
import type { Answer } from "./classify.ts"
import type { EncodedRequest } from "./encode.ts"
import { codeOf, notSent } from "./notSent.ts"
import { remembered } from "./remembered.ts"
import { textOfStream } from "./textOfStream.ts"
import { within } from "./within.ts"

export const send = (
  client: HttpClient.HttpClient,
  request: EncodedRequest | Posted,
  timeout: Duration.Duration,
  maxBodyBytes = defaultMaxBodyBytes
): Effect.Effect<Answer> =>
  Effect.withFiber((caller) => {
    // What has been read when the time is up.
    let head = noHead
    const read = (response: HttpClientResponse.HttpClientResponse) => {
      // A response may make new ones each time that it is asked.
      const { headers } = response
      head = toHead(response.status, headers)
      return readResponse(response, headers, head, maxBodyBytes)
    }
    const exchange = client
      .execute(toHttp(request))
      .pipe(Effect.matchEffect({ onSuccess: read, onFailure: (error) => readFailure(error, read) }))
    return within(exchange, withTransport(caller.context), timeout, () => noAnswer("timeout", head))
  })

/** A request to somebody else than the API. */
export interface Posted {
  readonly method: "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

const toHttp = (request: EncodedRequest | Posted): HttpClientRequest.HttpClientRequest => {
  const headers = Headers.fromInput({ ...request.headers, ...encodings, ...connection() })
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
const withTransport = remembered((context: Context.Context<never>): Context.Context<never> =>
  Context.merge(context, transport).pipe(
    Context.add(FetchHttpClient.RequestInit, {
      ...Context.getOrUndefined(context, FetchHttpClient.RequestInit),
      redirect: "manual"
    })
  )
)

const transport = Context.make(HttpClient.TracerDisabledWhen, () => true).pipe(
  Context.add(Headers.CurrentRedactedNames, [/.*/])
)

// When a connection that was kept open is reset under a request, Bun's and Deno's fetch send the request again, unasked
// and unseen: a delete that was done would be answered "not found". On a connection of its own nothing is sent twice.
// Node's fetch does not do that; of other runtimes it is not known.
const connection = () =>
  typeof navigator === "object" && navigator.userAgent.startsWith("Node.js/") ? undefined : { connection: "close" }

/** Longer than any answer of the API about one session; reading stops here. */
const defaultMaxBodyBytes = 64 * 1024

/** What is known of an answer before its body is. */
interface Head {
  readonly httpStatus: number | undefined
  readonly traceId: string | undefined
}

const noHead: Head = { httpStatus: undefined, traceId: undefined }

const toHead = (httpStatus: number, headers: Headers.Headers): Head => ({
  httpStatus,
  traceId: headers["x-pd-trace-id"] || undefined
})

const readResponse = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers.Headers,
  head: Head,
  maxBodyBytes: number
): Effect.Effect<Answer> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { status: httpStatus } = response
    const retryAfter = readRetryAfter(headers, now)
    return Effect.match(readBody(response, maxBodyBytes), {
      onSuccess: (read): Answer => {
        // Read all the same: a body that is left alone keeps its socket.
        if (wasRedirected(response)) return noAnswer("redirected", head)
        if (isForeignEncoding(headers["content-encoding"])) return noAnswer("unreadable", head)
        return { _tag: "Response", ...head, httpStatus, retryAfter, ...read }
      },
      onFailure: () => noAnswer("unreadable", head)
    })
  })

/** A fetch of the caller's own may have followed a redirect, whatever it was told. */
const wasRedirected = (response: HttpClientResponse.HttpClientResponse): boolean =>
  Option.exists(HttpClientResponse.toWeb(response), ({ redirected }) => redirected)

/** An encoding that not every transport undoes: what looks like text may be none. */
const isForeignEncoding = (encoding: string | undefined): boolean =>
  encoding !== undefined && !/^(?:identity|gzip|br)?$/i.test(encoding)

const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Effect.Effect<BoundedResponse.Text, HttpClientError.HttpClientError> =>
  isBoundedResponse(response) ? response.textUpTo(maxBytes) : textOfStream(response, maxBytes)

const readFailure = (
  error: HttpClientError.HttpClientError,
  read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<Answer>
): Effect.Effect<Answer> => {
  const { reason } = error
  switch (reason._tag) {
    // A client that fails on statuses of its choice still hands over the response.
    case "StatusCodeError":
      return read(reason.response)
    case "EncodeError":
    case "InvalidUrlError":
      return Effect.succeed({ _tag: "NotSent", detail: reason._tag })
    case "TransportError": {
      const detail = notSent(reason.cause)
      return Effect.succeed(
        detail === undefined
          ? { _tag: "NoAnswer", reason: "connection-lost", ...noHead, detail: codeOf(reason.cause) }
          : { _tag: "NotSent", detail }
      )
    }
    default:
      return Effect.succeed(noAnswer("unreadable", toHead(reason.response.status, reason.response.headers)))
  }
}

const noAnswer = (
  reason: "timeout" | "connection-lost" | "unreadable" | "redirected",
  { httpStatus, traceId }: Head
): Answer => ({ _tag: "NoAnswer", reason, httpStatus, traceId })

/** How long the server asks to wait, if it says so in a way that can be read. */
const readRetryAfter = (headers: Headers.Headers, now: number): Duration.Duration | undefined => {
  const millis = headers["retry-after-ms"]
  if (millis !== undefined && isDecimal(millis)) return Duration.millis(Math.ceil(Number(millis)))
  const header = headers["retry-after"]
  if (header === undefined) return undefined
  // The standard knows whole seconds only; a fraction must not be undercut.
  if (isDecimal(header) && header.includes(".")) return Duration.millis(Math.ceil(Number(header) * 1_000))
  return Result.getOrUndefined(
    Result.map(Headers.parseRetryAfter(header), (retryAfter) => Headers.retryAfterDelay(retryAfter, now))
  )
}

const isDecimal = (text: string): boolean => /^\d{1,15}(?:\.\d{1,15})?$/.test(text)
