/**
 * An answer without the encoding that its body was sent in.
 */
import type { BoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Schema } from "effect"
import { brotliDecompressSync, gunzipSync } from "node:zlib"

class Undecodable extends Schema.TaggedError<Undecodable>()("Undecodable", { cause: Schema.Unknown }) {}

/** Fails where a body is garbage, or longer than it may be. In an encoding that is not known it is left as it is. */
export const decoded = (source: BoundedResponse.Source): BoundedResponse.Source => {
  const decode = decoders.get(String(source.headers["content-encoding"]).toLowerCase())
  if (decode === undefined) return source
  return {
    ...source,
    bodyUpTo: (maxOutputLength) =>
      Effect.flatMap(source.bodyUpTo(maxOutputLength), ({ bytes, whole }) =>
        Effect.try({
          // What is left of one that was cut is garbage as well.
          try: () => ({ bytes: decode(bytes, { maxOutputLength }), whole }),
          catch: (cause) => new Undecodable({ cause })
        })
      )
  }
}

type Decoder = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const decoders = new Map<string, Decoder>([
  ["gzip", gunzipSync],
  ["br", brotliDecompressSync]
])
