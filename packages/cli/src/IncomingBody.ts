/**
 * The body of an answer, as Node's `http` hands it over.
 *
 * @since 0.1.0
 */
import type { Transport } from "@powerdrill-sessions/core"
import { Exit } from "effect"
import type { IncomingMessage } from "node:http"
import type { Readable } from "node:stream"

/**
 * Reads until there is no more, or more than so many bytes, and lets go of the connection then.
 *
 * @since 0.1.0
 */
export const read = (
  source: IncomingMessage,
  maxBytes: number,
  onEnd: (ending: Exit.Exit<Transport.Body, unknown>) => void
): void => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  const end = () => onEnd(Exit.succeed({ data: Buffer.concat(chunks), whole: length <= maxBytes }))
  decoded(source)
    .on("error", (cause) => onEnd(Exit.fail(cause)))
    .on("end", end)
    .on("data", (chunk: Uint8Array) => {
      chunks.push(chunk)
      length += chunk.length
      if (length <= maxBytes) return
      end()
      source.destroy()
    })
}

/** Without its encoding, as far as it is known. Of a body that is cut short, there is an error. */
const decoded = (source: IncomingMessage): Readable => {
  const encoding = source.headers["content-encoding"]?.toLowerCase()
  if (encoding !== "gzip" && encoding !== "br") return source
  const zlib = process.getBuiltinModule("node:zlib")
  const { pipeline } = process.getBuiltinModule("node:stream")
  const decoder = encoding === "gzip" ? zlib.createGunzip() : zlib.createBrotliDecompress()
  return pipeline(source, decoder, () => {})
}
