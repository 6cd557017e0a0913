/**
 * What Node's `http` hands over for an answer, as a response of an `HttpClient`.
 *
 * @since 0.1.0
 */
import type { BoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Inspectable, Option, Pipeable, type Schema, Stream } from "effect"
import {
  Cookies,
  Headers,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage,
  UrlParams
} from "effect/http"
import type { IncomingMessage } from "node:http"
import type { Readable } from "node:stream"

/**
 * The body can be read once.
 *
 * @since 0.1.0
 */
export class IncomingResponse extends Inspectable.Class implements BoundedResponse {
  readonly [HttpIncomingMessage.TypeId] = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId] = HttpClientResponse.TypeId
  readonly remoteAddress: Option.Option<string> = Option.none()
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  private readonly source: IncomingMessage

  constructor(request: HttpClientRequest.HttpClientRequest, source: IncomingMessage) {
    super()
    this.request = request
    this.source = source
    this.status = source.statusCode ?? 0
    this.headers = Headers.fromInput(source.headers)
  }

  textUpTo(limit: number): Effect.Effect<BoundedResponse.Text, HttpClientError.HttpClientError> {
    return Effect.map(this.read(limit), ({ bytes, whole }) => ({ body: new TextDecoder().decode(bytes), whole }))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.HttpClientError> {
    return Effect.map(this.read(Infinity), ({ bytes }) => new Uint8Array(bytes).buffer)
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    return Stream.fromEffect(Effect.map(this.read(Infinity), ({ bytes }) => bytes))
  }

  get text(): Effect.Effect<string, HttpClientError.HttpClientError> {
    return Effect.map(this.textUpTo(Infinity), ({ body }) => body)
  }

  get json(): Effect.Effect<Schema.Json, HttpClientError.HttpClientError> {
    return Effect.flatMap(this.text, (text) =>
      Effect.try({ try: () => (text === "" ? null : JSON.parse(text)), catch: (cause) => this.undecodable(cause) })
    )
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.HttpClientError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.HttpClientError> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: this.headers }).formData(),
        catch: (cause) => this.undecodable(cause)
      })
    )
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.source.headers["set-cookie"] ?? [])
  }

  get url(): string {
    return this.request.url
  }

  get upgrade(): Effect.Effect<never, HttpClientError.HttpClientError> {
    const description = "This transport does not hand over its connections."
    const reason = new HttpClientError.StatusCodeError({ request: this.request, response: this, description })
    return Effect.fail(new HttpClientError.HttpClientError({ reason }))
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  pipe() {
    return Pipeable.pipeArguments(this, arguments)
  }

  /** Reads until there is no more, or more than the limit. Interrupted, it lets go of the connection. */
  private read(limit: number): Effect.Effect<Read, HttpClientError.HttpClientError> {
    return Effect.callback((resume) => {
      const fail = (cause: unknown) => resume(Effect.fail(this.undecodable(cause)))
      const chunks: Array<Uint8Array> = []
      let length = 0
      const end = () => resume(Effect.succeed({ bytes: Buffer.concat(chunks), whole: length <= limit }))
      const { errored } = this.source
      if (errored !== null) return fail(errored)
      decoded(this.source)
        .on("error", fail)
        .on("end", end)
        .on("data", (chunk: Uint8Array) => {
          chunks.push(chunk)
          length += chunk.length
          if (length <= limit) return
          end()
          this.source.destroy()
        })
      return Effect.sync(() => this.source.destroy())
    })
  }

  private undecodable(cause: unknown): HttpClientError.HttpClientError {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })
  }
}

interface Read {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly whole: boolean
}

/** The body without its encodings. Of one that nobody undoes, and of one that is cut short, there is an error. */
const decoded = (source: IncomingMessage): Readable => {
  const encodings = (source.headers["content-encoding"] ?? "identity").toLowerCase().split(/ *, */)
  if (encodings.every((encoding) => encoding === "identity")) return source
  const zlib = process.getBuiltinModule("node:zlib")
  const { PassThrough, pipeline } = process.getBuiltinModule("node:stream")
  const body = new PassThrough()
  const decoders = encodings.toReversed().map((encoding) => {
    switch (encoding) {
      case "gzip":
      case "x-gzip":
        return zlib.createGunzip()
      case "deflate":
        return zlib.createInflate()
      case "br":
        return zlib.createBrotliDecompress()
      case "zstd":
        return zlib.createZstdDecompress()
      case "identity":
        return new PassThrough()
      default:
        return undefined
    }
  })
  const known = decoders.filter((decoder) => decoder !== undefined)
  // What is left encoded is text of no language; those who read it look at the header.
  pipeline([source, ...(known.length === decoders.length ? known : []), body], () => {})
  return body
}
