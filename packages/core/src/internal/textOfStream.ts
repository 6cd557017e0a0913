/**
 * Reads the body of any response, as the stream that it is, up to a limit.
 */
import { Effect, Stream } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"

export const textOfStream = (
  { stream }: Pick<HttpClientResponse.HttpClientResponse, "stream">,
  maxBytes: number
): Effect.Effect<{ readonly data: string; readonly whole: boolean }, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let data = ""
    let bytes = 0
    return stream.pipe(
      Stream.takeUntil((chunk) => (bytes += chunk.length) > maxBytes),
      Stream.runForEach((chunk) => Effect.sync(() => (data += decoder.decode(chunk, { stream: true })))),
      Effect.catchIf(
        (error) => error.reason._tag === "EmptyBodyError",
        () => Effect.void
      ),
      Effect.map(() => ({ data: data + decoder.decode(), whole: bytes <= maxBytes }))
    )
  })
