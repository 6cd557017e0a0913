/**
 * What a report is made of, as schemas: what is shown is what can be encoded and read again.
 *
 * @since 0.1.0
 */
import { Disposition } from "@powerdrill-sessions/core"
import { Schema } from "effect"
import { Timeline } from "./Timeline.ts"

const Count = Schema.Natural

/** A SHA-256 hash as 64 hexadecimal digits. */
const Hash = Schema.String

/**
 * How many sessions of the plan ended how.
 *
 * **Details**
 *
 * `deleted`, `notDeleted`, `unknown`, `vetoed` and `unprocessed` add up to `planned`, and `byDisposition` to `deleted`. A
 * report whose counts do not says so: see `Report.problems`.
 *
 * @category models
 * @since 0.1.0
 */
export const Counts = Schema.Struct({
  planned: Count,
  deleted: Count,
  notDeleted: Count,
  /** Sent, and no trustworthy answer came. */
  unknown: Count,
  /** Refused by a guard before anything was sent. */
  vetoed: Count,
  /** No outcome and no request is on record. */
  unprocessed: Count,
  /** How the deleted ones are known to be gone. */
  byDisposition: Schema.Record(Disposition, Count),
  /** By the tag of the error, such as `OutcomeUnknown`. */
  byError: Schema.Record(Schema.String, Count)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Counts = typeof Counts.Type

/**
 * What was found of a session that is on record as deleted, when it was read afterwards.
 *
 * **Details**
 *
 * - `acknowledged`: it was not read; there is the API's word only.
 * - `verified-absent`: it was not there.
 * - `still-there`: it was there.
 * - `reappeared`: it was not there, and later it was.
 * - `not-checkable`: it could not be read.
 *
 * @category models
 * @since 0.1.0
 */
export const Reading = Schema.Literals([
  "acknowledged",
  "verified-absent",
  "still-there",
  "reappeared",
  "not-checkable"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Reading = typeof Reading.Type

/**
 * The last {@link Reading} of each session that is on record as deleted: they add up to `deleted`.
 *
 * @category models
 * @since 0.1.0
 */
export const Readings = Schema.Struct({
  acknowledged: Count,
  verifiedAbsent: Count,
  stillThere: Count,
  reappeared: Count,
  notCheckable: Count
})

/**
 * @category models
 * @since 0.1.0
 */
export type Readings = typeof Readings.Type

/**
 * All of a report except the list of its exceptions.
 *
 * @category models
 * @since 0.1.0
 */
export const Summary = Schema.Struct({
  generatedAt: Schema.DateTimeUtcFromString,
  plan: Schema.Struct({
    baseUrl: Schema.String,
    selectedAt: Schema.DateTimeUtcFromString,
    /** In words, in one line. */
    selection: Schema.String,
    /** How many sessions it names. */
    count: Count,
    /** How many were selected and kept. */
    kept: Count,
    digest: Hash
  }),
  ledger: Schema.Struct({
    /** The hash of the last entry. */
    head: Hash,
    entries: Count,
    /** Whether every hash was computed again and found right. */
    verified: Schema.Boolean
  }),
  run: Schema.Struct({
    startedAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
    finishedAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
    state: Schema.Literals(["not begun", "running", "paused", "cancelled", "stopped", "finished"]),
    /** Why it was stopped, paused or cancelled, as a sentence. */
    reason: Schema.optionalKey(Schema.String)
  }),
  counts: Counts,
  /** Missing where nothing was read afterwards. */
  readings: Schema.optionalKey(Readings),
  /** The outcomes in the order of time; a session that was asked for again is counted each time it ended. */
  timeline: Timeline,
  waits: Schema.Struct({
    /** How long calls waited for their turn in the team's budget, all added up; encoded as milliseconds. */
    budget: Schema.optionalKey(Schema.DurationFromMillis),
    /** How many attempts the API refused because the team was over its rate. */
    refusals: Count,
    /** The longest wait that the API asked for; encoded as milliseconds. */
    longestRetryAfter: Schema.optionalKey(Schema.DurationFromMillis)
  })
})

/**
 * @category models
 * @since 0.1.0
 */
export type Summary = typeof Summary.Type

/**
 * A session that somebody may have to look at.
 *
 * @category models
 * @since 0.1.0
 */
export const Exception = Schema.Struct({
  /** Its place in the plan, counted from 1. */
  n: Count,
  sessionId: Schema.String,
  userId: Schema.String,
  /** `deleted` only with a reading that speaks against it. */
  outcome: Schema.Literals(["deleted", "not-deleted", "unknown", "vetoed", "unprocessed"]),
  /** The tag of the error. */
  error: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  /** How many times the delete was sent. */
  attempts: Count,
  code: Schema.optionalKey(Schema.Int),
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The API's trace id. */
  traceId: Schema.optionalKey(Schema.String),
  /** The trace id that the caller chose. */
  externalTraceId: Schema.optionalKey(Schema.String),
  startedAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
  finishedAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
  reading: Schema.optionalKey(Reading)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Exception = typeof Exception.Type

/**
 * What `Report.json` writes: to read it again.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Document = Schema.Struct({
  /** The version of the format. */
  report: Schema.Literal(1),
  ...Summary.fields,
  exceptions: Schema.Array(Exception),
  /** See `Report.problems`; among them, whether `exceptions` are as many as the counts say. */
  problems: Schema.Array(Schema.String)
})
