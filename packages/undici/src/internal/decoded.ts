/**
 * A body without the encoding that it was sent in.
 */
import { brotliDecompressSync, gunzipSync } from "node:zlib"

/** Throws where it is garbage, or longer than so many bytes. In an encoding that is not known it is left as it is. */
export const decoded = (bytes: Uint8Array, encoding: string, maxOutputLength: number): Uint8Array => {
  switch (encoding.toLowerCase()) {
    case "gzip":
      return gunzipSync(bytes, { maxOutputLength })
    case "br":
      return brotliDecompressSync(bytes, { maxOutputLength })
    default:
      return bytes
  }
}
