/**
 * The body of an answer, as Node's `http` hands it over.
 *
 * @since 0.1.0
 */
import type { BoundedResponse } from "@powerdrill-sessions/core"
import { Effect } from "effect"
import type { IncomingMessage } from "node:http"
import type { Readable } from "node:stream"

/**
 * Reads until there is no more, or more than so many bytes. It can be read once. Interrupted, it lets go of the connection.
 *
 * @since 0.1.0
 */
export const upTo = (source: IncomingMessage, limit: number): Effect.Effect<BoundedResponse.Body, unknown> =>
  Effect.callback((resume) => {
    const fail = (cause: unknown) => resume(Effect.fail(cause))
    const chunks: Array<Uint8Array> = []
    let length = 0
    const end = () => resume(Effect.succeed({ bytes: Buffer.concat(chunks), whole: length <= limit }))
    if (source.errored !== null) return fail(source.errored)
    if (source.destroyed || source.readableEnded) return fail(new Error("There is nothing left of the body."))
    decoded(source)
      .on("error", fail)
      .on("end", end)
      .on("data", (chunk: Uint8Array) => {
        chunks.push(chunk)
        length += chunk.length
        if (length <= limit) return
        end()
        source.destroy()
      })
    return Effect.sync(() => source.destroy())
  })

/** Without its encoding, as far as it is known. Of a body that is cut short, there is an error. */
const decoded = (source: IncomingMessage): Readable => {
  const encoding = source.headers["content-encoding"]?.toLowerCase()
  if (encoding !== "gzip" && encoding !== "br") return source
  const zlib = process.getBuiltinModule("node:zlib")
  const { pipeline } = process.getBuiltinModule("node:stream")
  const decoder = encoding === "gzip" ? zlib.createGunzip() : zlib.createBrotliDecompress()
  return pipeline(source, decoder, () => {})
}
