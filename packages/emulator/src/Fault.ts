/**
 * What can go wrong with one request, as data: a fault is plain JSON.
 *
 * A fault has three parts, and every combination means something: when and how often the server acts (`before`, `act`),
 * what it then says (`answer`), and how that travels (`after`, `send`). What is left out happens as it would without a
 * fault, so `{}` is no fault at all.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const Unit = ["milli", "second", "minute", "hour", "day"] as const

const waitText = new RegExp(`^[0-9]{1,9} (${Unit.join("|")})s?$`)

const isWaitText = (text: string): text is `${number} ${(typeof Unit)[number]}${"s" | ""}` => waitText.test(text)

/**
 * How long: whole milliseconds, or text such as `"2 seconds"`, in anything from `millis` to `days`.
 *
 * @since 0.1.0
 */
export const Wait = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  Schema.String.check(
    Schema.isPattern(waitText, { message: `Expected whole milliseconds, or a text such as "2 seconds"` })
  ).pipe(Schema.refine(isWaitText))
])

/** @since 0.1.0 */
export type Wait = typeof Wait.Type

const HeaderValue = Schema.String.check(
  Schema.isPattern(/^[\x20-\x7e]*$/, { message: "A header value is printable ASCII" })
)

const Headers = Schema.Record(Schema.String, HeaderValue).check(
  Schema.makeFilter((headers) => {
    const name = Object.keys(headers).find((name) => !/^[a-z0-9-]+$/.test(name) || framing.has(name))
    if (name === undefined) return undefined
    return framing.has(name)
      ? `"${name}" cannot be set: the emulator frames every answer itself, and "send" is what breaks a frame`
      : `"${name}" is not a header name in lower case`
  })
)

const framing = new Set(["connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"])

/**
 * What the server says instead of the truth. What is left out is as in the true answer, so `{ status: 500 }` is the
 * true envelope under a false status.
 *
 * **Details**
 *
 * - `status`: 200 to 599. By default the documented status of `code`, if that is given.
 * - `code`: the answer is the envelope that goes with this code: known or not, of the right type or not. A `code` of 0 is
 *   the envelope of a success.
 * - `msg`: replaces the documented meaning of `code`, and counts only with it.
 * - `headers`: are added, or replace those of the same name (in lower case).
 * - `retryAfter`: the value of a `Retry-After` header, whatever it is; or `{ inSeconds }` for an HTTP date that far from
 *   now by the emulator's clock, in the past if negative.
 * - `body`: replaces the body, but not its content type.
 * - `padTo`: white space makes the body at least so many bytes long; JSON stays valid.
 *
 * @since 0.1.0
 */
export const FaultAnswer = Schema.Struct({
  status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))),
  code: Schema.optionalKey(Schema.Union([Schema.Int, Schema.String, Schema.Null])),
  msg: Schema.optionalKey(Schema.String),
  headers: Schema.optionalKey(Headers),
  retryAfter: Schema.optionalKey(
    Schema.Union([
      HeaderValue,
      Schema.Struct({ inSeconds: Schema.Int.check(Schema.isBetween({ minimum: -1e9, maximum: 1e9 })) })
    ])
  ),
  body: Schema.optionalKey(Schema.String),
  padTo: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 16_777_216 })))
})

/** @since 0.1.0 */
export type FaultAnswer = typeof FaultAnswer.Type

const Send = Schema.Union([
  Schema.Literals([
    "whole",
    "half",
    "reset-start",
    "reset-headers",
    "reset-body",
    "reset-next",
    "close-start",
    "close-headers",
    "close-body"
  ]),
  Schema.Struct({ slow: Wait })
])

/**
 * What happens to one request.
 *
 * **Details**
 *
 * In the order in which they happen:
 *
 * - `before`: passes before the server acts. It acts then even if the client has gone away.
 * - `act`: how often it acts on the request: `"once"` (default), `"never"`, or `"twice"`, as if the request had been
 *   delivered twice; the second answer counts. The true answer of a server that has never acted is code 9999.
 * - `after`: passes once the server has acted and before anything is sent; `"forever"` is until the client goes away.
 * - `answer`: what is said in place of the truth.
 * - `send`: how the answer travels.
 *   - `"whole"` (default).
 *   - `{ slow }`: the headers at once, the body byte by byte over so long.
 *   - `"half"`: half of the body, framed as if it were all of it: truncated JSON.
 *   - `"reset-start"`, `"reset-headers"`, `"reset-body"`: the connection is reset (RST) before anything was sent, in the
 *     middle of the headers, or in the middle of the body.
 *   - `"close-start"`, `"close-headers"`, `"close-body"`: the same, but it is closed in good order (FIN).
 *   - `"reset-next"`: whole; then the connection is kept alive, and reset under the next request that comes over it,
 *     which is recorded as received and never acted on.
 *
 * **Gotchas**
 *
 * Acting is what the API would do: a request with a wrong key or above the rate is refused all the same, and acting twice
 * counts twice against the rate. What was sent before a reset may be lost on the way, as always with TCP. Node, Bun and
 * Deno all send a true RST.
 *
 * **Example** (Commit, then answer an error that does not say so)
 *
 * ```ts
 * import type { Fault } from "@powerdrill-sessions/emulator"
 *
 * const committedAndLost: Fault = { send: "reset-start" }
 * const committedAndDenied: Fault = { answer: { code: 9999, status: 500 } }
 * const commitsAfterTheClientLeft: Fault = { before: "10 seconds", after: "forever" }
 * ```
 *
 * @since 0.1.0
 */
export const Fault = Schema.Struct({
  before: Schema.optionalKey(Wait),
  act: Schema.optionalKey(Schema.Literals(["once", "never", "twice"])),
  after: Schema.optionalKey(Schema.Union([Schema.Literal("forever"), Wait])),
  answer: Schema.optionalKey(FaultAnswer),
  send: Schema.optionalKey(Send)
})

/** @since 0.1.0 */
export type Fault = typeof Fault.Type
