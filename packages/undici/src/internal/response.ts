/**
 * An answer as an `HttpClientResponse`. Its status, its headers and its text, which `Sessions` reads, are made short; all
 * else is what a `Response` of the platform makes of it.
 */
import type { BoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Inspectable, Option, Pipeable, Stream } from "effect"
import {
  Cookies,
  Headers,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage
} from "effect/http"
import { decoded } from "./decoded.ts"
import { type Body, type Head, longest } from "./exchange.ts"

export class UndiciResponse extends Inspectable.Class implements BoundedResponse {
  readonly [HttpIncomingMessage.TypeId] = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId] = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly headers: Headers.Headers
  private readonly head: Head

  constructor(request: HttpClientRequest.HttpClientRequest, head: Head) {
    super()
    this.request = request
    this.headers = Headers.fromInput(head.headers)
    this.head = head
  }

  get status() {
    return this.head.status
  }
  get url() {
    return this.request.url
  }
  get cookies() {
    return Cookies.fromSetCookie(this.head.headers["set-cookie"] ?? [])
  }
  get remoteAddress() {
    return Option.none()
  }
  get arrayBuffer() {
    return Effect.flatMap(this.web, ({ arrayBuffer }) => arrayBuffer)
  }
  get formData() {
    return Effect.flatMap(this.web, ({ formData }) => formData)
  }
  get json() {
    return Effect.flatMap(this.web, ({ json }) => json)
  }
  get stream() {
    return Stream.unwrap(Effect.map(this.web, ({ stream }) => stream))
  }
  get text() {
    return Effect.flatMap(this.web, ({ text }) => text)
  }
  get upgrade() {
    return Effect.flatMap(this.web, ({ upgrade }) => upgrade)
  }
  get urlParamsBody() {
    return Effect.flatMap(this.web, ({ urlParamsBody }) => urlParamsBody)
  }

  textUpTo(bytes: number) {
    return this.read(bytes, ({ bytes, whole }) => ({ body: new TextDecoder().decode(bytes), whole }))
  }

  private get web() {
    return this.read(longest, ({ bytes, whole }) => {
      if (!whole) throw new RangeError(`The body is longer than ${longest} bytes.`)
      const body = [204, 205, 304].includes(this.status) ? null : new Uint8Array(bytes)
      return HttpClientResponse.fromWeb(
        this.request,
        new Response(body, { status: this.status, headers: this.headers })
      )
    })
  }

  /** What is made of the body once it is there, without its encoding. */
  private read<A>(maxBytes: number, make: (body: Body) => A): Effect.Effect<A, HttpClientError.HttpClientError> {
    const encoding = this.headers["content-encoding"]
    const decode = (body: Body): Body =>
      encoding === undefined || !body.whole ? body : { bytes: decoded(body.bytes, encoding, maxBytes), whole: true }
    const failed = (cause: unknown) =>
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
      })
    return this.head.bodyUpTo(maxBytes).pipe(
      Effect.mapError(failed),
      Effect.flatMap((body) => Effect.try({ try: () => make(decode(body)), catch: failed }))
    )
  }

  toJSON() {
    return HttpIncomingMessage.inspect(this, {
      _id: "HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  pipe() {
    return Pipeable.pipeArguments(this, arguments)
  }
}
