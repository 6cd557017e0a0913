/**
 * Tells whether a transport failure proves that the request was never sent.
 *
 * Each runtime's fetch says it in its own way, somewhere in the chain of causes. A failure gets into these lists only
 * where no byte of the request can have left: before there is a connection, and before TLS trusts the server. Whatever
 * is not in them may have been sent. In particular: a reset, and an error of TLS itself, can come at any time.
 */
import { Predicate } from "effect"
import { HttpClientError } from "effect/http"

/** Node and Bun: there is no connection. */
const connectCodes = [
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ConnectionRefused",
  "UND_ERR_CONNECT_TIMEOUT"
]

/** Node and Bun: the server's certificate is not trusted. */
const certificateCodes = [
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
]

const codes = new Set([...connectCodes, ...certificateCodes])

const messages: ReadonlyArray<readonly [pattern: RegExp, detail: string]> = [
  // Deno says in which phase of the request it was.
  [/client error \(Connect\): tcp connect error/, "connection refused"],
  [/client error \(Connect\): dns error/, "name not found"],
  [/client error \(Connect\): invalid peer certificate/, "certificate not trusted"],
  [/client error \(Connect\)/, "no connection"],
  [/^Fetch failed: Requests to port \d+ are blocked/, "a port that fetch never speaks to"],
  // Node
  [/disconnected before secure TLS connection was established/, "no TLS connection"],
  [/^bad port$/, "a port that fetch never speaks to"],
  // Bun
  [/^EPROTO: The TLS handshake failed/, "no TLS connection"]
]

/** The runtime's own word for a failure that happened before anything was sent, if it is certain to be one. */
export const notSent = (failure: unknown): string | undefined => {
  if (failure instanceof HttpClientError.EncodeError || failure instanceof HttpClientError.InvalidUrlError) {
    return failure._tag
  }
  for (let cause = failure, depth = 0; Predicate.isObjectOrArray(cause) && depth < 5; depth++) {
    const { cause: next, code, message, syscall } = read(cause)
    // A route can also vanish under a connection; then it is a read or a write that says so.
    if (typeof syscall === "string" && syscall !== "connect" && syscall !== "getaddrinfo") return undefined
    if (typeof code === "string" && codes.has(code)) return code
    if (typeof message === "string") {
      const match = messages.find(([pattern]) => pattern.test(message))
      if (match !== undefined) return match[1]
    }
    cause = next
  }
  return undefined
}

/** The code of a failure, where it has one: a word of the runtime, never text from elsewhere. */
export const codeOf = (failure: unknown): string | undefined => {
  for (let cause = failure, depth = 0; Predicate.isObjectOrArray(cause) && depth < 5; depth++) {
    const { cause: next, code } = read(cause)
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code
    cause = next
  }
  return undefined
}

const read = (value: object) => ({
  cause: "cause" in value ? value.cause : undefined,
  code: "code" in value ? value.code : undefined,
  syscall: "syscall" in value ? value.syscall : undefined,
  message: "message" in value ? value.message : undefined
})
