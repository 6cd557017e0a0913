/**
 * A body without the encoding that it was sent in.
 */
import type { Transport } from "@powerdrill-sessions/core"
import { Exit } from "effect"
import { brotliDecompressSync, gunzipSync } from "node:zlib"

/**
 * Fails where a body is garbage, which what is left of one that was cut is as well, or longer than it may be. In an
 * encoding that is not known it is left as it is.
 */
export const decoded = (
  bytes: Uint8Array,
  encoding: Transport.Head["headers"][string],
  maxOutputLength: number
): Exit.Exit<Uint8Array, unknown> => {
  const decode = encoding === undefined ? undefined : decoders.get(String(encoding).toLowerCase())
  if (decode === undefined) return Exit.succeed(bytes)
  try {
    return Exit.succeed(decode(bytes, { maxOutputLength }))
  } catch (cause) {
    return Exit.fail(cause)
  }
}

type Decoder = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const decoders = new Map<string, Decoder>([
  ["gzip", gunzipSync],
  ["br", brotliDecompressSync]
])
