/**
 * What a ledger is made of: entries that are only ever added, each with a hash over itself and the one before.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { toJson } from "./internal/json.ts"
import { sha256 } from "./internal/sha256.ts"
import { Outcome } from "./Outcome.ts"

/** ISO 8601, UTC, on the clock of the process that wrote it. */
const at = Schema.String

const about = {
  at,
  /** The number of the request in its plan. */
  n: Schema.Int,
  userId: Schema.String,
  sessionId: Schema.String
}

/**
 * What was found when a session was looked for.
 *
 * **Details**
 *
 * - `absent`: it was not there.
 * - `present`: it was there.
 * - `reappeared`: it was there, and had been absent before.
 * - `unclear`: every answer that is not plainly one of the others.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reading = Schema.Literals(["absent", "present", "reappeared", "unclear"])

/**
 * @category models
 * @since 0.1.0
 */
export type Reading = typeof Reading.Type

/**
 * Why a run ended.
 *
 * **Details**
 *
 * - `finished`: each request of the plan was processed.
 * - `cancelled`: somebody said so.
 * - `halted`: the program that ran it was asked to stop.
 * - `unauthorized`: the API key was refused.
 * - `failures`: so many calls in a row had failed that going on made no sense.
 * - `vetoed`: a plugin refused the entire run.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EndReason = Schema.Literals(["finished", "cancelled", "halted", "unauthorized", "failures", "vetoed"])

/**
 * @category models
 * @since 0.1.0
 */
export type EndReason = typeof EndReason.Type

/**
 * One entry.
 *
 * **Details**
 *
 * - `plan`: the first one: what is to be deleted.
 * - `begun`, `ended`: a run. One without its end was cut off.
 * - `intent`: a request is about to be sent. On the disk before it is.
 * - `outcome`: how its call ended.
 * - `reading`: the session was looked for.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LedgerEntry = Schema.Union([
  Schema.Struct({
    kind: Schema.tag("plan"),
    at,
    baseUrl: Schema.String,
    selectedAt: Schema.String,
    selection: Schema.String,
    count: Schema.Int,
    kept: Schema.Int,
    digest: Schema.String
  }),
  Schema.Struct({ kind: Schema.tag("begun"), at, by: Schema.String }),
  Schema.Struct({ kind: Schema.tag("intent"), ...about }),
  Schema.Struct({ kind: Schema.tag("outcome"), ...about, ...Outcome.fields }),
  Schema.Struct({
    kind: Schema.tag("reading"),
    ...about,
    reading: Reading,
    message: Schema.optionalKey(Schema.String)
  }),
  Schema.Struct({ kind: Schema.tag("ended"), at, reason: EndReason, message: Schema.optionalKey(Schema.String) })
])

/**
 * @category models
 * @since 0.1.0
 */
export type LedgerEntry = typeof LedgerEntry.Type

/**
 * Reads the body of an entry.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = Schema.decodeUnknownOption(Schema.fromJsonString(LedgerEntry))

/** The body of an entry. */
export const encode = (entry: LedgerEntry): string => toJson(entry)

/** Where a ledger ends: how many entries it has, and the hash of the last one. */
export interface Head {
  readonly entries: number
  readonly hash: string
}

/** Before the first entry. */
export const genesis: Head = { entries: 0, hash: "0".repeat(64) }

/** The hash of an entry: SHA-256 over the hash of the one before, a line break, and its body. */
export const follow = (head: Head, body: string): Head => ({
  entries: head.entries + 1,
  hash: sha256(`${head.hash}\n${body}`)
})
