/**
 * How an answer travels. What HTTP allows goes through the server as a response; what it does not is written to the
 * socket by hand.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Duration, Effect, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Socket } from "node:net"
import type { Fault } from "../Fault.ts"
import { type Message, toHttp, toWire } from "./message.ts"

/** `sent` runs when an answer is handed over in full, or has the length it claims to have. */
export const deliver = (
  request: HttpServerRequest.HttpServerRequest,
  message: Message,
  send: NonNullable<Fault["send"]>,
  sent: (message: Message) => void
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const whole = (message: Message) => {
    sent(message)
    return Effect.succeed(toHttp(message))
  }
  if (typeof send === "object") return Effect.succeed(slowly(request, message, send.slow, () => sent(message)))
  switch (send) {
    case "whole":
      return whole(message)
    case "half":
      return whole(half(message))
    case "reset-next":
      doomed.add(NodeHttpServerRequest.toIncomingMessage(request).socket)
      return whole(message)
    case "reset-start":
      return cut(request, message, "start", reset)
    case "reset-headers":
      return cut(request, message, "headers", reset)
    case "reset-body":
      return cut(request, message, "body", reset)
    case "close-start":
      return cut(request, message, "start", close)
    case "close-headers":
      return cut(request, message, "headers", close)
    case "close-body":
      return cut(request, message, "body", close)
  }
}

const half = (message: Message): Message => ({
  ...message,
  body: message.body.subarray(0, Math.floor(message.body.length / 2)),
  code: undefined
})

const slowly = (
  request: HttpServerRequest.HttpServerRequest,
  message: Message,
  over: Duration.Input,
  sent: () => void
): HttpServerResponse.HttpServerResponse => {
  const { body, headers, status } = message
  const each = Duration.toMillis(Duration.fromInputUnsafe(over)) / body.length
  const start = Effect.sync(() => {
    const response = NodeHttpServerRequest.toServerResponse(request)
    if ("flushHeaders" in response) response.flushHeaders()
  })
  const bytes = Stream.fromIterable(body).pipe(
    Stream.mapEffect((byte) => Effect.as(Effect.sleep(each), Uint8Array.of(byte)))
  )
  const stream = Stream.fromEffectDrain(start).pipe(
    Stream.concat(bytes),
    Stream.concat(Stream.fromEffectDrain(Effect.sync(sent)))
  )
  return HttpServerResponse.stream(stream, {
    status,
    headers,
    contentLength: body.length,
    contentType: headers["content-type"]
  })
}

/** Sends what comes before a point, never all of it, and ends the connection. */
const cut = (
  request: HttpServerRequest.HttpServerRequest,
  message: Message,
  point: "start" | "headers" | "body",
  end: (socket: Socket) => void
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.callback((resume) => {
    const response = NodeHttpServerRequest.toServerResponse(request)
    const { bodyAt, bytes } = toWire(message, request.method !== "HEAD")
    const position = {
      start: 0,
      headers: Math.floor(bodyAt / 2),
      body: Math.min(bodyAt + Math.floor((bytes.length - bodyAt) / 2), bytes.length - 1)
    }[point]
    const finish = () => {
      if (response.socket !== null) end(response.socket)
      response.destroy()
      // There is no connection left for it to go to.
      resume(Effect.succeed(HttpServerResponse.empty()))
    }
    if (response.socket === null || position === 0) return finish()
    response.socket.write(bytes.subarray(0, position), finish)
  })

const reset = (socket: Socket): void => void socket.resetAndDestroy()

const close = (socket: Socket): void => void socket.destroy()

/** Connections on which the next request finds nobody. */
const doomed = new WeakSet<Socket>()

/** What happens to a request that came after an answer with `reset-next`; nothing, if undefined. */
export const resetDoomed = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined => {
  const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
  return doomed.has(socket) ? cut(request, nothing, "start", reset) : undefined
}

const nothing: Message = { status: 200, headers: {}, body: new Uint8Array(), code: undefined }
