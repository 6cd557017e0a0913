/**
 * Reads the body of any response, as the stream that it is, up to a limit.
 */
import { Effect, Stream } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"
import type { BoundedResponse } from "../BoundedResponse.ts"

export const textOfStream = (
  { stream }: Pick<HttpClientResponse.HttpClientResponse, "stream">,
  maxBytes: number
): Effect.Effect<BoundedResponse.Text, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let body = ""
    let bytes = 0
    return stream.pipe(
      Stream.takeUntil((chunk) => (bytes += chunk.length) > maxBytes),
      Stream.runForEach((chunk) => Effect.sync(() => (body += decoder.decode(chunk, { stream: true })))),
      Effect.catchIf(
        (error) => error.reason._tag === "EmptyBodyError",
        () => Effect.void
      ),
      Effect.map(() => ({ body: body + decoder.decode(), whole: bytes <= maxBytes }))
    )
  })
