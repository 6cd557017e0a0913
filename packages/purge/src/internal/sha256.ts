/**
 * SHA-256 at once: a plan has a million lines to hash, and WebCrypto answers one after the other, later.
 */
import { createHash, hash } from "node:crypto"

/** Of text in UTF-8, in lower-case hex. */
export const sha256 = (text: string): string => hash("sha256", text, "hex")

/** Of text that comes in parts, in lower-case hex. */
export const digester = () => {
  const running = createHash("sha256")
  return {
    update: (text: string) => void running.update(text),
    digest: () => running.digest("hex")
  }
}
