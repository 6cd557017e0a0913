/**
 * The socket side: listening on loopback, and letting go of the port at once.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import { createServer, STATUS_CODES } from "node:http"
import type { Server } from "node:http"
import type { Socket } from "node:net"
import { PortUnavailable } from "../PortUnavailable.ts"
import { newTraceId } from "./exchange.ts"

/** Session IDs of any form must fit into the request line; each character can become nine on the wire. */
const maxHeaderSize = 1024 * 1024

/** Listens and serves until the scope closes, which frees the port at once. */
export const listen = Effect.fnUntraced(function* <E, R>(
  port: number,
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  const node = createServer({ maxHeaderSize })
  answerUnreadable(node)
  const server = yield* NodeHttpServer.make(() => node, { host: "127.0.0.1", port }).pipe(
    Effect.catchTag("ServeError", (error) => Effect.fail(new PortUnavailable({ port, cause: error.cause })))
  )
  yield* server.serve(app)
  // Registered last, so it runs first.
  yield* Effect.addFinalizer(() => close(node))
  return server
})

// Left alone, closing waits for kept-alive connections and for requests under way.
const close = (node: Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    node.close(() => resume(Effect.void))
    node.closeAllConnections()
  })

// What Node cannot parse never becomes a request, yet even that answer has a trace ID.
const answerUnreadable = (node: Server): void => {
  node.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
    const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nx-pd-trace-id: ${newTraceId()}\r\n` +
        "Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
  })
}
