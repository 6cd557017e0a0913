/**
 * What the program that is killed is told, and the moments at which it kills itself.
 */
import { Schema } from "effect"

/**
 * Moments in the life of one request. Those of an entry are about the transaction that writes it: before anything of it is
 * written, in the middle of the transaction, in the middle of its commit, and when it is on the disk.
 */
export const boundaries = [
  "before-intent",
  "inside-intent",
  "committing-intent",
  "after-intent",
  "answered",
  "before-outcome",
  "inside-outcome",
  "committing-outcome",
  "after-outcome"
] as const

export const Boundary = Schema.Literals([...boundaries, "between-batches"])

export type Boundary = typeof Boundary.Type

export const Setup = Schema.Struct({
  /** The path of the plan. */
  plan: Schema.String,
  baseUrl: Schema.String,
  apiKey: Schema.String,
  concurrency: Schema.Int,
  /** How often a call tries again; without a wait. */
  retries: Schema.Int,
  verify: Schema.Literals(["never", "doubtful"]),
  absentIsDeleted: Schema.Boolean,
  /** Milliseconds. */
  attemptTimeout: Schema.Int,
  requestsPerSecond: Schema.Int,
  /** The socket of a Redis that keeps the budget. Default: it is the process's own. */
  redis: Schema.optionalKey(Schema.String),
  killed: Schema.optionalKey(
    Schema.Struct({
      at: Boundary,
      /** The request whose moment it is; none for those that are no request's. */
      sessionId: Schema.String,
      /** How long after the commit has begun, in microseconds; for `committing-…` only. */
      micros: Schema.Int
    })
  )
})

export type Setup = typeof Setup.Type

/** What it prints, a line for each. */
export const Told = Schema.Union([
  Schema.Struct({ told: Schema.tag("opened") }),
  Schema.Struct({ told: Schema.tag("settled"), sessionId: Schema.String }),
  Schema.Struct({ told: Schema.tag("ended"), reason: Schema.String })
])

export type Told = typeof Told.Type
