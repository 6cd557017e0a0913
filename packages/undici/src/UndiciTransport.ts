/**
 * Connections by undici, without the fetch around it.
 *
 * @since 0.1.0
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { isPlainRequest, makeBoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, type HttpClientResponse } from "effect/http"
// By its file: to Bun the bare name means something of its own.
import { Agent, type Dispatcher } from "undici/index.js"
import { decoded } from "./internal/decoded.ts"
import { exchange } from "./internal/exchange.ts"

/**
 * An `HttpClient` over the dispatcher of undici that is provided, such as a `ProxyAgent`. Whether that sends anything
 * twice, or follows redirects, is up to the dispatcher; with `allowH2: false` undici's own do neither unless they are told
 * to. Over HTTP/2 they send again what a server has refused to begin.
 *
 * **Details**
 *
 * A request that is a plain one (see `isPlainRequest`), such as each of `Sessions`, goes to the dispatcher with its URL as it
 * is written. All others are made by `NodeHttpClient`, over the same dispatcher. There are no spans, and no headers for
 * their propagation: the spans of `Sessions` say the same.
 *
 * The answer to a plain request is held in memory. One that is longer than 16 MiB fails, and nothing more of it is read.
 *
 * **Gotchas**
 *
 * The header `connection` is left out: whether a connection is kept open is the dispatcher's to say. `Sessions` asks for a
 * connection of its own for each request on Bun and Deno, whose fetch sends a request again by itself when a connection
 * that was kept open is reset. Undici reports that instead.
 *
 * On Bun, import what makes the dispatcher from `undici/index.js`: `undici` is something of Bun's own there, which neither
 * sends nor fails. So are the dispatchers of `NodeHttpClient`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoDispatcher: Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const dispatcher = yield* NodeHttpClient.Dispatcher
    const stock = yield* NodeHttpClient.makeUndici
    return HttpClient.makeWith(
      Effect.flatMap((request: HttpClientRequest.HttpClientRequest) => {
        const target = isPlainRequest(request) ? targetOf(request.url) : undefined
        return target === undefined ? stock.execute(request) : answer(dispatcher, request, target)
      }),
      Effect.succeed<HttpClientRequest.HttpClientRequest>
    )
  })
)

/**
 * The same over an agent of its own: HTTP/1.1, as many connections as there are requests at a time, kept open while they
 * are in use and for some seconds afterwards. They are closed with the layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.provide(
  layerNoDispatcher,
  Layer.effect(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      // Over HTTP/2 what a server has refused may be sent again.
      Effect.sync(() => new Agent({ allowH2: false })),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )
)

interface Target {
  readonly origin: string
  readonly path: string
}

/** What a URL is made of that needs no parser. */
const targetOf = (url: string): Target | undefined => {
  const start = /^https?:\/\/[\w.:[\]-]+(?=\/[!-"$-~]*$)/.exec(url)
  return start === null ? undefined : { origin: start[0], path: url.slice(start[0].length) }
}

const answer = (
  dispatcher: Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  { origin, path }: Target
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const { connection: _, ...headers } = request.headers
  // How long an answer may take is for `Effect.timeout` and the like to say.
  const options = { origin, path, method: request.method, headers, headersTimeout: 0, bodyTimeout: 0 }
  return exchange(dispatcher, options).pipe(
    Effect.mapBoth({
      onSuccess: (source) => makeBoundedResponse(request, decoded(source)),
      onFailure: (cause) =>
        new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
    })
  )
}
