/**
 * An `HttpClient` that answers from a script instead of a network, and remembers what it was asked.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"

/**
 * What happens to one request.
 *
 * **Details**
 *
 * - `Response`: the server answers. A body that is not a string is sent as JSON.
 * - `Refused`: the connection is refused; nothing was sent.
 * - `Reset`: the connection is lost after the request was sent.
 * - `Silence`: no answer ever comes.
 *
 * @category models
 * @since 0.1.0
 */
export type ScriptedAnswer =
  | {
      readonly _tag: "Response"
      readonly status: number
      readonly body: unknown
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Silence" }

/**
 * A request as it was about to leave. The API key is not kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Provides the `HttpClient` that {@link Sessions.layer} needs, and what it was asked.
 *
 * **Example** (Refused once, then deleted)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
 * import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
 *
 * const layer = Sessions.layer.pipe(
 *   Layer.provide(PowerdrillConfig.layer({ apiKey: "test" })),
 *   Layer.provideMerge(ScriptedHttpClient.layer([
 *     ScriptedHttpClient.respond({ code: 201, msg: "slow down" }),
 *     ScriptedHttpClient.respond({ code: 0, data: null })
 *   ]))
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ScriptedHttpClient extends Context.Service<
  ScriptedHttpClient,
  {
    /** Every request so far, oldest first. */
    readonly requests: Effect.Effect<ReadonlyArray<ScriptedRequest>>
  }
>()("@powerdrill-sessions/core/testing/ScriptedHttpClient") {
  /**
   * Gives each request the next answer of the script; a request beyond its end dies.
   *
   * @since 0.1.0
   */
  static readonly layer = (script: Iterable<ScriptedAnswer>): Layer.Layer<ScriptedHttpClient | HttpClient.HttpClient> =>
    Layer.effectContext(
      Effect.sync(() => {
        const answers = [...script]
        const requests: Array<ScriptedRequest> = []
        const client = HttpClient.make((request, url) => {
          const { "x-pd-api-key": _, ...headers } = request.headers
          requests.push({ method: request.method, url: url.href, headers })
          const answer = answers.shift()
          if (answer === undefined) return Effect.die(new Error("The script has no answer left for this request."))
          switch (answer._tag) {
            case "Response":
              return Effect.succeed(HttpClientResponse.fromWeb(request, toResponse(answer)))
            case "Silence":
              return Effect.never
            case "Refused":
            case "Reset": {
              const cause = { code: answer._tag === "Refused" ? "ECONNREFUSED" : "ECONNRESET" }
              return Effect.fail(
                new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
              )
            }
          }
        })
        return Context.make(HttpClient.HttpClient, client).pipe(
          Context.add(ScriptedHttpClient, { requests: Effect.sync(() => [...requests]) })
        )
      })
    )

  /**
   * The server answers, by default with HTTP 200. A body that is not a string is sent as JSON.
   *
   * @since 0.1.0
   */
  static readonly respond = (
    body: unknown,
    options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {}
  ): ScriptedAnswer => ({ _tag: "Response", status: options.status ?? 200, body, headers: options.headers ?? {} })

  /**
   * The connection is refused; nothing was sent.
   *
   * @since 0.1.0
   */
  static readonly refused: ScriptedAnswer = { _tag: "Refused" }

  /**
   * The connection is lost after the request was sent.
   *
   * @since 0.1.0
   */
  static readonly reset: ScriptedAnswer = { _tag: "Reset" }

  /**
   * No answer ever comes.
   *
   * @since 0.1.0
   */
  static readonly silence: ScriptedAnswer = { _tag: "Silence" }
}

const bodiless = new Set([204, 205, 304])

const toResponse = ({ body, headers, status }: Extract<ScriptedAnswer, { readonly _tag: "Response" }>): Response =>
  new Response(bodiless.has(status) ? null : typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers
  })
