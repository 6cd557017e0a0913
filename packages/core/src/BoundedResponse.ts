/**
 * What a transport can do to make reading short.
 *
 * @since 0.1.0
 */
import { Effect, Inspectable, Option, Pipeable, Predicate, Stream } from "effect"
import {
  Cookies,
  Headers,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage
} from "effect/http"

/**
 * The response of an `HttpClient` that can itself read a body up to a limit. All others are read as the streams that they
 * are, which takes longer.
 *
 * @category models
 * @since 0.1.0
 */
export interface BoundedResponse extends HttpClientResponse.HttpClientResponse {
  /** Reads the body, and no more of it than so many bytes. Interrupted, it lets go of the connection. */
  readonly textUpTo: (bytes: number) => Effect.Effect<BoundedResponse.Text, HttpClientError.HttpClientError>
}

/**
 * @since 0.1.0
 */
export declare namespace BoundedResponse {
  /**
   * What has been read.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Text {
    /** UTF-8; without what lies beyond the limit, or some of it. */
    readonly body: string
    /** Whether that is all of it. */
    readonly whole: boolean
  }

  /**
   * An answer as a transport has it.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Source {
    readonly status: number
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
    /**
     * Reads the body, without its encoding, and no more of it than so many bytes. Fails with what the transport says.
     * Interrupted, it lets go of the connection.
     */
    readonly bodyUpTo: (bytes: number) => Effect.Effect<Body, unknown>
  }

  /**
   * What has been read, in bytes.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Body {
    readonly bytes: Uint8Array
    /** Whether that is all of it. */
    readonly whole: boolean
  }
}

/**
 * The response of a transport of one's own. What reads it other than by `textUpTo` gets 16 MiB at most: a longer body is a
 * failure.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeBoundedResponse = (
  request: HttpClientRequest.HttpClientRequest,
  source: BoundedResponse.Source
): BoundedResponse => new Sourced(request, source)

const longest = 16 * 1024 * 1024

// Its status, its headers and its text, which `Sessions` reads, are made short; all else is what a `Response` of the
// platform makes of it.
class Sourced extends Inspectable.Class implements BoundedResponse {
  readonly [HttpIncomingMessage.TypeId] = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId] = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly headers: Headers.Headers
  private readonly source: BoundedResponse.Source

  constructor(request: HttpClientRequest.HttpClientRequest, source: BoundedResponse.Source) {
    super()
    this.request = request
    this.headers = Headers.fromInput(source.headers)
    this.source = source
  }

  get status() {
    return this.source.status
  }
  get url() {
    return this.request.url
  }
  get cookies() {
    return Cookies.fromSetCookie(this.source.headers["set-cookie"] ?? [])
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
    return Effect.map(this.read(bytes), ({ bytes, whole }) => ({ body: new TextDecoder().decode(bytes), whole }))
  }

  private get web() {
    return Effect.flatMap(this.read(longest), ({ bytes, whole }) =>
      Effect.try({
        try: () => {
          if (!whole) throw new RangeError(`The body is longer than ${longest} bytes.`)
          const body = [204, 205, 304].includes(this.status) ? null : new Uint8Array(bytes)
          const { headers, status } = this
          return HttpClientResponse.fromWeb(this.request, new Response(body, { status, headers }))
        },
        catch: (cause) => this.unreadable(cause)
      })
    )
  }

  private read(bytes: number) {
    return Effect.mapError(this.source.bodyUpTo(bytes), (cause) => this.unreadable(cause))
  }

  private unreadable(cause: unknown) {
    const reason = new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    return new HttpClientError.HttpClientError({ reason })
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

/**
 * @category guards
 * @since 0.1.0
 */
export const isBoundedResponse = (response: HttpClientResponse.HttpClientResponse): response is BoundedResponse =>
  Predicate.hasProperty(response, "textUpTo")
