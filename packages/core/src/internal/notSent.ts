/**
 * Tells whether a transport failure proves that the request was never sent.
 *
 * Each runtime's fetch says it differently: Node and Bun with an error code, somewhere in the chain of causes, Deno in
 * a message. Whatever is not in these lists may have been sent.
 */
import { Predicate } from "effect"

const codes = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ConnectionRefused",
  "UND_ERR_CONNECT_TIMEOUT"
])

const messages: ReadonlyArray<readonly [pattern: RegExp, detail: string]> = [
  [/client error \(Connect\): tcp connect error/, "connection refused"],
  [/client error \(Connect\): dns error/, "name not found"],
  [/^bad port$/, "a port that fetch never speaks to"]
]

/** The runtime's own word for a failure that happened before anything was sent, if it is certain to be one. */
export const notSent = (failure: unknown): string | undefined => {
  for (let cause = failure, depth = 0; Predicate.isObjectOrArray(cause) && depth < 5; depth++) {
    const { cause: next, code, message } = read(cause)
    if (typeof code === "string" && codes.has(code)) return code
    if (typeof message === "string") {
      const match = messages.find(([pattern]) => pattern.test(message))
      if (match !== undefined) return match[1]
    }
    cause = next
  }
  return undefined
}

const read = (value: object) => ({
  cause: "cause" in value ? value.cause : undefined,
  code: "code" in value ? value.code : undefined,
  message: "message" in value ? value.message : undefined
})
