/**
 * One line of an audit log: JSON, and at its end the SHA-256 of all that stands before that. The hash is taken over bytes,
 * and each line has the hash of the one before, so that nothing in the file can change without a trace.
 */
import { Effect, Option, Schema } from "effect"
import { Digest } from "effect/crypto"
import { FailedOutcome } from "../../SessionsError.ts"

const chained = {
  v: Schema.Literal(1),
  /** Counted from 1, through all files. */
  seq: Schema.Int,
  /** The hash of the line before; zeros in the very first. */
  prev: Schema.String,
  /** When it was handed in to be written: ISO 8601, UTC, on the caller's clock. */
  at: Schema.String
}

const about = {
  /** The same in the intent and the outcome of a call. */
  id: Schema.String,
  method: Schema.Literals(["delete", "ensureDeleted"]),
  sessionId: Schema.String,
  userId: Schema.optionalKey(Schema.String),
  /** With `userId: "hashed"`: lower-case hex. */
  userIdSha256: Schema.optionalKey(Schema.String),
  externalTraceId: Schema.optionalKey(Schema.String)
}

const end = { hash: Schema.String }

const Intent = Schema.Struct({ ...chained, kind: Schema.Literal("intent"), ...about, ...end })

const Outcome = Schema.Struct({
  ...chained,
  kind: Schema.Literal("outcome"),
  ...about,
  outcome: Schema.Literals(["Deleted", "NotDeleted", "Unknown", "Vetoed", "Interrupted", "Died"]),
  /** What was known of the session then. */
  session: Schema.Union([Schema.Literal("deleted"), FailedOutcome]),
  attempts: Schema.Int,
  durationMillis: Schema.Finite,
  disposition: Schema.optionalKey(Schema.String),
  verified: Schema.optionalKey(Schema.Boolean),
  code: Schema.optionalKey(Schema.Int),
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The API's trace id. */
  traceId: Schema.optionalKey(Schema.String),
  /** The tag of the error. */
  error: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  ...end
})

/** Stands after something that is no line, and vouches for it: a line that was cut short, and has been closed off. */
const Torn = Schema.Struct({
  ...chained,
  kind: Schema.Literal("torn"),
  /** How long it is, with its line break. */
  bytes: Schema.Int,
  sha256: Schema.String,
  ...end
})

/**
 * The lines of an audit log, to read them with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AuditLine = Schema.Union([Intent, Outcome, Torn])

/**
 * @category models
 * @since 0.1.0
 */
export type AuditLine = typeof AuditLine.Type

/** A line before it has its place in the chain. */
export type Entry =
  | Omit<typeof Intent.Type, keyof typeof chained | "hash">
  | Omit<typeof Outcome.Type, keyof typeof chained | "hash">
  | Omit<typeof Torn.Type, keyof typeof chained | "hash">

/** An entry, and when it was handed in. */
export type Dated = Entry & { readonly at: string }

/** Where a chain ends. */
export interface Head {
  readonly count: number
  readonly hash: string
}

export const genesis: Head = { count: 0, hash: "0".repeat(64) }

/** No line is longer, in bytes. */
export const longest = 65_536

/** What may stand between two lines at most, in bytes; also how much of a file's end is looked at. */
export const widest = 4 * longest

export const newline = 10

export type Parsed =
  | { readonly _tag: "Whole"; readonly line: AuditLine }
  /** It has the form of a line, and its hash is wrong. */
  | { readonly _tag: "Altered" }
  /** It has not the form of a line. */
  | { readonly _tag: "Foreign" }

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const ending = /^,"hash":"([0-9a-f]{64})"\}$/
const endingLength = 75
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(AuditLine))

export const sha256 = (bytes: Uint8Array): Effect.Effect<string, never, Digest.Digest> =>
  Digest.Digest.use((digest) => digest.digestHex(Digest.sha256, bytes))

export const sha256OfText = (text: string) => sha256(encoder.encode(text))

/** The line that follows a head, with its line break. */
export const encode = Effect.fnUntraced(function* (head: Head, entry: Dated) {
  const text = JSON.stringify({ v: 1, seq: head.count + 1, prev: head.hash, ...entry }).slice(0, -1)
  const hash = yield* sha256OfText(text)
  const next: Head = { count: head.count + 1, hash }
  return { bytes: encoder.encode(`${text},"hash":"${hash}"}\n`), next }
})

/** Reads a line, given without its line break. */
export const parse = Effect.fnUntraced(function* (bytes: Uint8Array): Effect.fn.Return<Parsed, never, Digest.Digest> {
  const hash = ending.exec(decoder.decode(bytes.subarray(-endingLength)))?.[1]
  if (hash === undefined) return { _tag: "Foreign" }
  if (hash !== (yield* sha256(bytes.subarray(0, -endingLength)))) return { _tag: "Altered" }
  return Option.match(decode(decoder.decode(bytes)), {
    onNone: () => ({ _tag: "Foreign" }),
    onSome: (line) => ({ _tag: "Whole", line })
  })
})

export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
