/**
 * Connections by undici, without the fetch around it.
 *
 * @since 0.1.0
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Transport } from "@powerdrill-sessions/core"
import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
// By its file: to Bun the bare name means something of its own.
import { Agent } from "undici/index.js"
import { over } from "./internal/exchange.ts"

/**
 * An `HttpClient` over the dispatcher of undici that is provided, such as a `ProxyAgent`. Whether that sends anything
 * twice, or follows redirects, is up to the dispatcher; with `allowH2: false` undici's own do neither unless they are told
 * to. Over HTTP/2 they send again what a server has refused to begin.
 *
 * **Details**
 *
 * What `Sessions` sends, and each request without a body that is to be sent as it is written, goes to the dispatcher by a
 * transport (see `Transport` of core), without a span and without headers for its propagation: the spans of `Sessions` say
 * the same. All others are made by `NodeHttpClient`, over the same dispatcher. An answer by the transport is held in memory;
 * one that is longer than 16 MiB fails, and nothing more of it is read.
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
    return Transport.toHttpClient(over(dispatcher), yield* NodeHttpClient.makeUndici)
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
