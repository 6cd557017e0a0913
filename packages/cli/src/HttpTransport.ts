/**
 * What requests are sent by: on Node its own `http`, which is there sooner than its fetch; elsewhere fetch.
 *
 * @since 0.1.0
 */
import { FetchTransport, Transport } from "@powerdrill-sessions/core"
import { Effect, Exit, Layer } from "effect"
import { HttpClient } from "effect/http"
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
  Effect.map(HttpClient.HttpClient, (other) => Transport.toHttpClient(exchange, other))
).pipe(Layer.provide(FetchTransport.layer))

const exchange: Transport.Transport = ({ headers, maxBytes, method, url }, { onEnd, onHead }) => {
  const fail = (cause: unknown) => onEnd(Exit.fail(cause))
  let isAnswered = false
  const http = process.getBuiltinModule(url.startsWith("https:") ? "node:https" : "node:http")
  try {
    const outgoing = http.request(url, { method, headers: { "user-agent": "node", ...headers } })
    outgoing
      .on("error", fail)
      // After an answer that nobody asked for, such as 101, there is nothing else.
      .on("close", () => {
        if (!isAnswered) fail(new Error("The connection was closed without an answer."))
      })
      .on("response", (incoming) => {
        isAnswered = true
        const { headers, statusCode: status = 0 } = incoming
        onHead({ status, headers })
        IncomingBody.read(incoming, maxBytes, onEnd)
      })
      .end()
    return Effect.sync(() => outgoing.destroy())
  } catch (cause) {
    fail(cause)
    return Effect.void
  }
}
