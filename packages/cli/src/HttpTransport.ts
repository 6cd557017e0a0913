/**
 * What requests are sent by: on Node its own `http`, which is there sooner than its fetch; elsewhere fetch.
 *
 * @since 0.1.0
 */
import { FetchTransport, isPlainRequest, makeBoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, type HttpClientResponse } from "effect/http"
import * as IncomingBody from "./IncomingBody.ts"

/**
 * An `HttpClient` that sends each request of `Sessions` once: none is repeated on another connection, and no redirect is
 * followed.
 *
 * **Details**
 *
 * Node's `http` reports a connection that is reset under a request, kept open or not. That of Deno repeats the request
 * unseen, so that fetch, which can be kept from it, stays where it is.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.unwrap(
  Effect.sync(() => (isNode ? overHttp : FetchTransport.layer))
)

// Bun and Deno pass for Node where they can.
const isNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined

const overHttp = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (other) =>
    HttpClient.makeWith(
      Effect.flatMap((request: HttpClientRequest.HttpClientRequest) =>
        isPlainRequest(request) ? exchange(request) : other.execute(request)
      ),
      Effect.succeed<HttpClientRequest.HttpClientRequest>
    )
  )
).pipe(Layer.provide(FetchTransport.layer))

const exchange = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.callback((resume) => {
    const fail = (cause: unknown) =>
      resume(
        Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
        )
      )
    const http = process.getBuiltinModule(request.url.startsWith("https:") ? "node:https" : "node:http")
    const headers = { "user-agent": "node", ...request.headers }
    try {
      const outgoing = http.request(request.url, { method: request.method, headers })
      outgoing
        .on("error", fail)
        // After an answer that nobody asked for, such as 101, there is nothing else.
        .on("close", () => fail(new Error("The connection was closed without an answer.")))
        .on("response", (incoming) => {
          // It may break before anybody reads it.
          incoming.on("error", () => {})
          const { headers, statusCode: status = 0 } = incoming
          const bodyUpTo = (bytes: number) => IncomingBody.upTo(incoming, bytes)
          resume(Effect.succeed(makeBoundedResponse(request, { status, headers, bodyUpTo })))
        })
        .end()
      return Effect.sync(() => outgoing.destroy())
    } catch (cause) {
      return fail(cause)
    }
  })
