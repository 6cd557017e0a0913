/**
 * What carries one request and its answer, below an `HttpClient`.
 *
 * An `HttpClient` can do anything with a request and its answer, and what it takes for that costs a short request more than
 * its way to the server. A transport does one thing, and `Sessions` uses it directly where a client has one.
 *
 * @since 0.1.0
 */
import { Cause, type Context, Effect, Exit, Option } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"

/**
 * Sends a request, once, and tells the listener what comes back, in the context of the caller. The effect that it gives
 * lets go of all that: it is run when the caller does not wait any longer, be it that the caller is interrupted or that
 * the time for an answer is up. A transport itself sets no limit to the time.
 *
 * **Gotchas**
 *
 * What a transport is trusted with: it does not send a request again, neither where a connection is reset nor elsewhere,
 * and it follows no redirect. Over an agent that keeps connections and sends again unasked, a delete that was done is
 * told as "not found".
 *
 * @category models
 * @since 0.1.0
 */
export interface Transport {
  (request: Request, listener: Listener, context: Context.Context<never>): Effect.Effect<void>
}

/**
 * A request without a body.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly method: string
  /** Absolute, with a path, and as it is to be sent: ASCII, without a fragment. */
  readonly url: string
  /** Names in lower case. `connection` is not among them: whether one is kept is for the transport to say. */
  readonly headers: Readonly<Record<string, string>>
  /** How many bytes of the answer's body are read, once it is without its encoding. */
  readonly maxBytes: number
}

/**
 * Whoever waits for an answer. What is told after the end is not heard.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listener {
  /** The head of the answer has come; not what only announces one, such as 103. */
  readonly onHead: (head: Head) => void
  /**
   * The body has been read, after a head, or there will be none, for a cause of the transport's own. It may be known
   * before `Transport` returns; what lets go is not run any more then.
   *
   * **Gotchas**
   *
   * Before a head, a cause that has the code of a connection that never was, such as `ECONNREFUSED`, somewhere in its chain
   * is told as "not deleted": no byte of the request may have left by then, over another connection either. Without such
   * a code it is unknown. A defect is one of the call.
   */
  readonly onEnd: (ending: Exit.Exit<Body, unknown>) => void
}

/**
 * An answer, as far as it is known before its body is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Head {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/**
 * The body of an answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Body {
  /** Without its encoding, if that is gzip or br. Bytes of text are UTF-8. */
  readonly data: string | Uint8Array
  /** Whether that is all of it. */
  readonly whole: boolean
  /** Whether it is the answer of somebody else than was asked. */
  readonly redirected?: boolean | undefined
}

/**
 * The same client; but what `Sessions` sends through it goes by a transport. A client that is made of it, such as by
 * `HttpClient.mapRequest` or as a copy, knows nothing of the transport.
 *
 * @category combinators
 * @since 0.1.0
 */
export const attach = (client: HttpClient.HttpClient, transport: Transport): HttpClient.HttpClient => {
  const carried = HttpClient.makeWith(client.postprocess, client.preprocess)
  transports.set(carried, transport)
  return carried
}

/**
 * The transport of a client, if it has one.
 *
 * @category getters
 * @since 0.1.0
 */
export const attached = (client: HttpClient.HttpClient): Transport | undefined => transports.get(client)

// Beside the clients, not in them: a copy of one, with an `execute` of its own, has none.
const transports = new WeakMap<HttpClient.HttpClient, Transport>()

/**
 * A client over a transport, with the transport attached. What is more than a request without a body is left to another
 * client: one with parameters beside its URL, or with a URL that has yet to be encoded.
 *
 * **Details**
 *
 * There are no spans, and no headers for their propagation: the spans of `Sessions` say the same. A body that is longer
 * than 16 MiB is a failure.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toHttpClient = (transport: Transport, other: HttpClient.HttpClient): HttpClient.HttpClient =>
  attach(
    HttpClient.makeWith(
      Effect.flatMap((request: HttpClientRequest.HttpClientRequest) =>
        isPlain(request) ? execute(transport, request) : other.execute(request)
      ),
      Effect.succeed<HttpClientRequest.HttpClientRequest>
    ),
    transport
  )

/** Whether a request's URL, its method and its headers are all of it, and can be sent as they are. */
const isPlain = ({ body, hash, headers, url, urlParams }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Empty" &&
  urlParams.params.length === 0 &&
  Option.isNone(hash) &&
  headers["upgrade"] === undefined &&
  headers["content-length"] === undefined &&
  isEncoded(url)

/** Whether a URL is what a parser would make of it, and no part of it stays with the client. */
const isEncoded = (text: string): boolean => {
  if (!URL.canParse(text) || text.includes("#")) return false
  const { href, password, protocol, username } = new URL(text)
  return href === text && /^https?:$/.test(protocol) && username + password === ""
}

const maxBytes = 16 * 1024 * 1024

const execute = (
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.withFiber(({ context }) =>
    Effect.callback((resume) => {
      const { connection: _, ...headers } = request.headers
      const read = Promise.withResolvers<Body>()
      const fail = (cause: unknown) => {
        const reason = new HttpClientError.TransportError({ request, cause })
        resume(Effect.fail(new HttpClientError.HttpClientError({ reason })))
        read.reject(cause)
      }
      // Whoever has the response is told by its body; nobody may have it.
      read.promise.catch(() => {})
      const body = new ReadableStream({
        pull: async (controller) => {
          controller.enqueue(toBytes(await read.promise))
          controller.close()
        },
        cancel: () => Effect.runPromise(letGo)
      })
      const letGo = transport(
        { method: request.method, url: request.url, headers, maxBytes },
        {
          onHead: (head) => {
            try {
              resume(Effect.succeed(HttpClientResponse.fromWeb(request, toResponse(head, body))))
            } catch (cause) {
              fail(cause)
            }
          },
          onEnd: Exit.match({
            onSuccess: (body) => {
              read.resolve(body)
              fail(new Error("There is no answer to this body."))
            },
            onFailure: (cause) => fail(Cause.squash(cause))
          })
        },
        context
      )
      return letGo
    })
  )

const toBytes = ({ data, redirected, whole }: Body): Uint8Array => {
  if (redirected === true) throw new Error("A redirect was followed.")
  if (!whole) throw new RangeError(`The body is longer than ${maxBytes} bytes.`)
  return typeof data === "string" ? new TextEncoder().encode(data) : data
}

const toResponse = ({ headers, status }: Head, body: ReadableStream): Response =>
  new Response([204, 205, 304].includes(status) ? null : body, {
    status,
    headers: Object.entries(headers).flatMap(([name, value = []]) =>
      [value].flat().map((value): [string, string] => [name, value])
    )
  })
