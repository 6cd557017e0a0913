/**
 * Asks somebody else before each call, and deletes only after a clear yes: a guard over an effect of one's own, or over
 * an HTTP request that is signed.
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { Mac, SecureRandom } from "effect/crypto"
import { Hex } from "effect/encoding"
import { HttpClient } from "effect/http"
import type { Answer } from "../internal/classify.ts"
import * as Prose from "../internal/prose.ts"
import { send } from "../internal/send.ts"
import { isLoopback, notADuration, positiveDuration } from "../internal/settings.ts"
import { Plugin } from "../Plugin.ts"
import { InvalidConfig } from "../PowerdrillConfig.ts"

/**
 * What somebody says of a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApprovalAnswer {
  /** Only `true` is a yes. */
  readonly approved: boolean
  /** Shown where it is a no: the first 200 characters, quoted. */
  readonly reason?: string | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface ApprovalOptions<in out R = never> {
  /** Asks. To fail, to die and to take too long are a no. */
  readonly ask: (call: Plugin.Call) => Effect.Effect<ApprovalAnswer, unknown, R>
  /** How long the answer may take. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** Tells it from other plugins. Default: `approval`. */
  readonly name?: string | undefined
}

/**
 * A guard that asks for each call, once, before anything is sent.
 *
 * **Gotchas**
 *
 * The answer is waited for within the call's deadline, by default 1 minute. Where people answer, lengthen both
 * `timeout` and {@link PowerdrillConfig.Options.deadline}.
 *
 * **Example** (Ask at the terminal)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Prompt } from "effect/cli"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { approval } from "@powerdrill-sessions/core/plugins"
 *
 * const askMe = approval({
 *   ask: ({ sessionId }) =>
 *     Effect.map(Prompt.Confirm({ message: `Delete ${sessionId}?` }), (approved) => ({ approved })),
 *   timeout: "30 seconds"
 * })
 *
 * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(askMe)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const approval = <R = never>({ ask, name, timeout = defaultTimeout }: ApprovalOptions<R>): Plugin<never, R> =>
  guard(name, Duration.fromInputUnsafe(timeout), (call, time) =>
    Effect.flatMap(
      Effect.timeoutOrElse(ask(call), {
        duration: time,
        orElse: () =>
          Plugin.veto(`it was not approved: no answer came within ${Duration.format(time)}`, { broken: true })
      }),
      decide
    )
  )

/**
 * @category models
 * @since 0.1.0
 */
export interface ApprovalHttpOptions {
  /** Where to ask: https, or http on this machine. What comes after the host is never shown. */
  readonly url: string
  /** Known to the two sides only: at least 32 bytes in UTF-8, such as what `openssl rand -hex 32` prints. */
  readonly secret: Redacted.Redacted
  /** How long the answer may take. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** Tells it from other plugins. Default: `approval`. */
  readonly name?: string | undefined
}

/**
 * A guard that asks over HTTP for each call, once, before anything is sent to Powerdrill.
 *
 * **Details**
 *
 * It sends `POST` with a body such as this one, in JSON:
 *
 * ```json
 * {
 *   "requestId": "3f0e6c4e-8a53-4d0b-9a55-52a3cbb6f7a1",
 *   "timestamp": 1767225600,
 *   "method": "delete",
 *   "sessionId": "04b6",
 *   "userId": "tmm-1"
 * }
 * ```
 *
 * `method` can also be `ensureDeleted`; there is an `externalTraceId` where the call has one. The header
 * `x-powerdrill-sessions-signature` is `t=1767225600,v1=…`: the timestamp, in seconds, and the HMAC-SHA-256 of timestamp,
 * full stop and body, keyed with the secret, in lower-case hexadecimal digits.
 *
 * The answer is a yes only where its status is 2xx and its body JSON with the same `requestId` and `"approved": true`.
 * It is a no with `"approved": false` and a `reason`, which may be left out. Everything else is a no, too: another
 * status, a redirect, which is not followed, a body that is no such JSON or longer than 64 KiB, no answer in time, no
 * connection. The veto says which.
 *
 * Building it fails with `InvalidConfig` where a setting cannot be used.
 *
 * **Gotchas**
 *
 * - The answer is not signed: whoever can answer at the URL can say yes. That is what https is for. The `requestId` keeps
 *   an answer to another request, such as one from a cache, from being a yes.
 * - The receiver sees session and user ids.
 * - The answer is waited for within the call's deadline, by default 1 minute.
 *
 * **Example** (A guard that asks)
 *
 * ```ts
 * import { Config, Effect, Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { approvalHttp } from "@powerdrill-sessions/core/plugins"
 *
 * const asked = Effect.gen(function* () {
 *   const secret = yield* Config.Redacted("APPROVAL_SECRET")
 *   return yield* approvalHttp({ url: "https://approvals.example.com/powerdrill", secret })
 * })
 *
 * const layer = Sessions.layerFetch.pipe(
 *   Layer.provide(Plugin.layer(asked)),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * **Example** (What the receiver checks, before it reads the body)
 *
 * ```ts
 * import { createHmac, timingSafeEqual } from "node:crypto"
 *
 * const isGenuine = (secret: string, header: string, body: string): boolean => {
 *   const [, timestamp, tag] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? []
 *   if (timestamp === undefined || tag === undefined) return false
 *   const expected = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest()
 *   // An older one may be sent again by somebody who has seen it. To refuse that within the five minutes, too, remember
 *   // the `requestId` of each request for as long.
 *   const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300
 *   return timingSafeEqual(expected, Buffer.from(tag, "hex")) && isRecent
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const approvalHttp = Effect.fnUntraced(function* (
  options: ApprovalHttpOptions
): Effect.fn.Return<Plugin, InvalidConfig, HttpClient.HttpClient> {
  const { host, href: url } = yield* Effect.fromResult(checkUrl(options.url))
  const secret = yield* Effect.fromResult(checkSecret(options.secret))
  const timeout = yield* Effect.fromOption(positiveDuration(options.timeout ?? defaultTimeout)).pipe(
    Effect.mapError(() => new InvalidConfig({ setting: "timeout", reason: notADuration }))
  )
  const client = yield* HttpClient.HttpClient
  const { key, mac, random } = yield* cryptography(secret)

  return guard(options.name, timeout, (call, time) =>
    Effect.gen(function* () {
      const requestId = yield* random.uuidV4()
      const timestamp = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
      const body = JSON.stringify({ requestId, timestamp, ...call })
      const tag = yield* mac.sign(key, new TextEncoder().encode(`${timestamp}.${body}`))
      const headers = { accept: "application/json", [signatureHeader]: `t=${timestamp},v1=${Hex.encode(tag)}` }
      const answer = yield* send(client, { method: "POST", url, headers, body }, time, yield* Effect.context<never>())
      const read = readAnswer(answer, requestId, time)
      if (Result.isFailure(read))
        return yield* Plugin.veto(`it was not approved: ${host} ${read.failure}`, { broken: true })
      const { approved, reason } = read.success
      // Whatever the other side repeats.
      return yield* decide({ approved, reason: reason?.replaceAll(secret, "<redacted>") })
    })
  )
})

const signatureHeader = "x-powerdrill-sessions-signature"

const defaultTimeout: Duration.Input = "10 seconds"

/** A guard that has a little more time than what it waits for, so that it is the one to say what took too long. */
const guard = <R>(
  name: string | undefined,
  timeout: Duration.Duration,
  before: (call: Plugin.Call, timeout: Duration.Duration) => Effect.Effect<void, unknown, R>
): Plugin<never, R> =>
  Plugin.make({
    name: name ?? "approval",
    timeout: Duration.sum(timeout, Duration.seconds(1)),
    before: (call) => before(call, timeout)
  })

const decide = ({ approved, reason }: ApprovalAnswer) => {
  // Strictly: a program in JavaScript may answer with anything.
  if (approved === true) return Effect.void
  const why = reason === undefined || reason === "" ? "no reason was given" : Prose.quote(reason)
  return Plugin.veto(`it was not approved: ${why}`)
}

const decodeAnswer = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({
      requestId: Schema.String,
      approved: Schema.Boolean,
      reason: Schema.optional(Schema.NullOr(Schema.String))
    })
  )
)

/** What an answer says, or why it says nothing, to be read after the name of who was asked. */
const readAnswer = (
  answer: Answer,
  asked: string,
  timeout: Duration.Duration
): Result.Result<ApprovalAnswer, string> => {
  if (answer._tag === "NotSent") return Result.fail(`could not be reached (${answer.detail})`)
  if (answer._tag === "NoAnswer") {
    switch (answer.reason) {
      case "timeout":
        return Result.fail(`did not answer within ${Duration.format(timeout)}`)
      case "connection-lost":
        return Result.fail("closed the connection without an answer")
      case "redirected":
        return Result.fail(redirected)
      case "unreadable":
        return Result.fail("gave an answer that cannot be read")
    }
  }
  const { body, httpStatus, whole } = answer
  if (httpStatus >= 300 && httpStatus < 400) return Result.fail(redirected)
  if (httpStatus < 200 || httpStatus >= 300) return Result.fail(`answered with HTTP ${httpStatus}`)
  if (!whole) return Result.fail("gave an answer that is too long")
  return Option.match(decodeAnswer(body), {
    onNone: () => Result.fail("gave an answer that is not the JSON of an approval"),
    onSome: ({ approved, reason, requestId }) =>
      requestId === asked
        ? Result.succeed({ approved, reason: reason ?? undefined })
        : Result.fail("gave the answer to another request")
  })
}

const redirected = "answered with a redirect, which is not followed"

const invalid = (setting: string, reason: string) => Result.fail(new InvalidConfig({ setting, reason }))

const checkUrl = (text: string): Result.Result<URL, InvalidConfig> => {
  if (!URL.canParse(text)) return invalid("url", "it is not a URL; write one such as https://approvals.example.com/ask")
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") {
    return invalid("url", "it holds a user name or a password; the signature says who asks")
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return Result.succeed(url)
  return invalid("url", "it is not https: anybody on the way could say yes")
}

const checkSecret = (secret: Redacted.Redacted): Result.Result<string, InvalidConfig> => {
  const text = Redacted.value(secret)
  return new TextEncoder().encode(text).length < 32
    ? invalid("secret", "it is shorter than 32 bytes; write what `openssl rand -hex 32` prints")
    : Result.succeed(text)
}

const cryptography = (secret: string) =>
  Effect.gen(function* () {
    // It is not empty, which is all that a key can be refused for.
    const key = yield* Effect.orDie(Mac.key(Mac.hmacSha256, new TextEncoder().encode(secret)))
    return { key, mac: yield* Mac.Mac, random: yield* SecureRandom.SecureRandom }
  }).pipe(Effect.provide(Mac.layerWebCrypto.pipe(Layer.provideMerge(SecureRandom.layerWebCrypto))))
