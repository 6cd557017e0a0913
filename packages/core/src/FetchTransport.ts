/**
 * The runtime's own fetch, with little in between.
 *
 * @since 0.1.0
 */
import { Context, Effect, Exit, Layer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { ownConnection } from "./internal/ownConnection.ts"
import * as Transport from "./Transport.ts"

/**
 * `FetchHttpClient.layer`, and what `Sessions` sends goes to fetch as it is, which costs less.
 *
 * **Details**
 *
 * `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` replace the fetch and its options, those of the caller before
 * those that the layer was given.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    return Transport.attach(client, exchange(yield* Effect.context<never>()))
  })
).pipe(Layer.provide(FetchHttpClient.layer))

const exchange =
  (provided: Context.Context<never>): Transport.Transport =>
  ({ headers, maxBytes, method, url }, { onEnd, onHead }, caller) => {
    const controller = new AbortController()
    const fetch = Context.getOrUndefined(caller, FetchHttpClient.Fetch) ?? Context.get(provided, FetchHttpClient.Fetch)
    const init =
      Context.getOrUndefined(caller, FetchHttpClient.RequestInit) ??
      Context.getOrUndefined(provided, FetchHttpClient.RequestInit)
    const sent = async () =>
      fetch(url, {
        ...init,
        method,
        headers: { ...(init?.headers && fromWeb(new Headers(init.headers))), ...headers, ...ownConnection() },
        redirect: "manual",
        signal: controller.signal
      })
    void sent()
      .then((response) => {
        const head = { status: response.status, headers: fromWeb(response.headers) }
        onHead(head)
        return bodyOf(response, head, maxBytes).then(Exit.succeed, Exit.fail)
      }, Exit.fail)
      // What a fetch made by hand gives may be no response.
      .catch(Exit.die)
      .then(onEnd)
    return Effect.sync(() => controller.abort())
  }

const fromWeb = (headers: Headers): Record<string, string> => Object.fromEntries(headers)

const bodyOf = async (response: Response, head: Transport.Head, maxBytes: number): Promise<Transport.Body> => {
  const { redirected } = response
  if (isShort(head, maxBytes)) {
    const data = await response.text()
    // Only a fetch that is none says that a body is short, and hands over a long one.
    return { data, whole: data.length <= maxBytes, redirected }
  }
  const decoder = new TextDecoder()
  let data = ""
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    data += decoder.decode(chunk, { stream: true })
    bytes += chunk.length
    if (bytes > maxBytes) break
  }
  return { data: data + decoder.decode(), whole: bytes <= maxBytes, redirected }
}

/** What is encoded may become longer. */
const isShort = ({ headers }: Transport.Head, maxBytes: number): boolean =>
  Number(headers["content-length"] ?? Infinity) <= maxBytes && headers["content-encoding"] === undefined
