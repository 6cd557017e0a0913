/**
 * One attempt on the wire: send, and read what comes back, bounded in time and size. Never fails: whatever happens is
 * an `Answer`.
 */
import { Clock, Context, type Duration, Effect, Result, Stream } from "effect"
import {
  FetchHttpClient,
  Headers,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "effect/http"
import type { Answer } from "./classify.ts"
import type { EncodedRequest } from "./encode.ts"
import { notSent } from "./notSent.ts"

export const send = (
  client: HttpClient.HttpClient,
  request: EncodedRequest,
  timeout: Duration.Duration
): Effect.Effect<Answer> =>
  client
    .execute(HttpClientRequest.make(request.method)(request.url, { headers: { ...request.headers, ...connection } }))
    .pipe(
      Effect.matchEffect({ onSuccess: readResponse, onFailure: readFailure }),
      Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.succeed(noAnswer("timeout")) }),
      Effect.updateContext((context: Context.Context<never>) => Context.merge(context, transport))
    )

// The stock client would follow redirects with the key in hand, write the URL with the user id into a span of its own,
// and send trace propagation headers to the API.
const transport = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerDisabledWhen, () => true),
  Context.add(Headers.CurrentRedactedNames, [/.*/])
)

// When a connection that was kept open is reset under a request, Bun's and Deno's fetch send the request again, unasked
// and unseen: a delete that was done would be answered "not found". On a connection of its own nothing is sent twice.
// Node's fetch does not do that; of other runtimes it is not known.
const connection = navigator.userAgent.startsWith("Node.js/") ? undefined : { connection: "close" }

/** Longer than any answer of the API; reading stops here. */
const maxBodyBytes = 64 * 1024

const readResponse = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<Answer> =>
  Effect.gen(function* () {
    const { headers, status: httpStatus } = response
    const traceId = headers["x-pd-trace-id"] || undefined
    const retryAfter = readRetryAfter(headers["retry-after"], yield* Clock.currentTimeMillis)
    return yield* Effect.match(readBody(response), {
      onSuccess: (body): Answer => ({ _tag: "Response", httpStatus, traceId, retryAfter, body }),
      onFailure: () => noAnswer("unreadable", httpStatus, traceId)
    })
  })

const readBody = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let text = ""
    let bytes = 0
    return response.stream.pipe(
      Stream.takeUntil((chunk) => (bytes += chunk.length) > maxBodyBytes),
      Stream.runForEach((chunk) => Effect.sync(() => (text += decoder.decode(chunk, { stream: true })))),
      Effect.catchIf(
        (error) => error.reason._tag === "EmptyBodyError",
        () => Effect.void
      ),
      Effect.map(() => (bytes > maxBodyBytes ? undefined : text + decoder.decode()))
    )
  })

const readFailure = (error: HttpClientError.HttpClientError): Effect.Effect<Answer> => {
  const { reason } = error
  switch (reason._tag) {
    // A client that fails on statuses of its choice still hands over the response.
    case "StatusCodeError":
      return readResponse(reason.response)
    case "EncodeError":
    case "InvalidUrlError":
      return Effect.succeed({ _tag: "NotSent", detail: reason._tag })
    case "TransportError": {
      const detail = notSent(reason.cause)
      return Effect.succeed(detail === undefined ? noAnswer("connection-lost") : { _tag: "NotSent", detail })
    }
    default:
      return Effect.succeed(noAnswer("unreadable", reason.response.status))
  }
}

const noAnswer = (
  reason: "timeout" | "connection-lost" | "unreadable",
  httpStatus?: number,
  traceId?: string
): Answer => ({ _tag: "NoAnswer", reason, httpStatus, traceId })

const readRetryAfter = (header: string | undefined, now: number): Duration.Duration | undefined =>
  header === undefined
    ? undefined
    : Result.getOrUndefined(
        Result.map(Headers.parseRetryAfter(header), (retryAfter) => Headers.retryAfterDelay(retryAfter, now))
      )
