/**
 * The runtime's own fetch, with little in between.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import type { BoundedResponse } from "./BoundedResponse.ts"
import { remembered } from "./internal/remembered.ts"
import { textOfStream } from "./internal/textOfStream.ts"
import { isPlainRequest } from "./PlainRequest.ts"

/**
 * An `HttpClient` over the runtime's own fetch that does the same as `FetchHttpClient.layer` and costs less: what has no
 * body and no parameters beside its URL, such as each request of {@link Sessions}, goes to fetch as it is.
 *
 * **Details**
 *
 * `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` replace the fetch and its options here as well. There are no
 * spans, and no headers for their propagation: the spans of {@link Sessions} say the same. All other requests are made by
 * `FetchHttpClient`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const stock = yield* HttpClient.HttpClient
    const provided = yield* Effect.context<never>()
    // What the caller has comes before what the layer was given.
    const around = remembered((caller: Context.Context<never>) => Context.merge(provided, caller))
    return HttpClient.makeWith(
      Effect.flatMap((request: HttpClientRequest.HttpClientRequest) =>
        Effect.withFiber((fiber) => {
          const context = around(fiber.context)
          const init = Context.getOrUndefined(context, FetchHttpClient.RequestInit)
          return isPlainRequest(request) && init?.headers === undefined
            ? exchange(Context.get(context, FetchHttpClient.Fetch), request, init)
            : stock.execute(request)
        })
      ),
      Effect.succeed<HttpClientRequest.HttpClientRequest>
    )
  })
).pipe(Layer.provide(FetchHttpClient.layer))

const exchange = (
  fetch: (typeof FetchHttpClient.Fetch)["Service"],
  request: HttpClientRequest.HttpClientRequest,
  init: RequestInit | undefined
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const controller = new AbortController()
    const abort = Effect.sync(() => controller.abort())
    return settled(
      () =>
        fetch(request.url, { ...init, method: request.method, headers: request.headers, signal: controller.signal }),
      abort,
      (cause) => new HttpClientError.TransportError({ request, cause })
    ).pipe(Effect.map((source) => bounded(HttpClientResponse.fromWeb(request, source), source, abort)))
  })

const bounded = (
  response: HttpClientResponse.HttpClientResponse,
  source: Response,
  abort: Effect.Effect<void>
): BoundedResponse =>
  Object.assign(response, {
    textUpTo: (bytes: number) =>
      isShort(source.headers, bytes)
        ? Effect.map(
            settled(
              () => source.text(),
              abort,
              (cause) => new HttpClientError.DecodeError({ request: response.request, response, cause })
            ),
            // Only a fetch that is none says that a body is short, and hands over a long one.
            (body) => ({ body, whole: body.length <= bytes })
          )
        : textOfStream(response, bytes)
  })

/** What is encoded may become longer. */
const isShort = (headers: Headers, bytes: number): boolean =>
  Number(headers.get("content-length") ?? Infinity) <= bytes && !headers.has("content-encoding")

/** A promise, and what to do when nobody waits for it any more. */
const settled = <A>(
  start: () => Promise<A>,
  abort: Effect.Effect<void>,
  toReason: (cause: unknown) => HttpClientError.HttpClientErrorReason
): Effect.Effect<A, HttpClientError.HttpClientError> =>
  Effect.callback<A, HttpClientError.HttpClientError>((resume) => {
    const fail = (cause: unknown) =>
      resume(Effect.fail(new HttpClientError.HttpClientError({ reason: toReason(cause) })))
    try {
      start().then((value) => resume(Effect.succeed(value)), fail)
    } catch (cause) {
      fail(cause)
    }
    return abort
  })
