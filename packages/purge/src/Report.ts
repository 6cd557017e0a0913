/**
 * What became of a purge, for those who must answer for it: as text, as JSON, and as one page that needs nothing else.
 *
 * A report says what is on record and no more: what is unknown is called unknown, and what does not add up is said at its
 * top. It holds user ids, since it is evidence for the team itself; it has no place for a key.
 *
 * @since 0.1.0
 */
import { Disposition } from "@powerdrill-sessions/core"
import { Effect, Schema, Stream } from "effect"
import * as FromLedger from "./internal/reportOfLedger.ts"
import * as Html from "./internal/reportHtml.ts"
import * as Text from "./internal/reportText.ts"
import * as Words from "./internal/reportWords.ts"
import type { Ledger } from "./Ledger.ts"
import type { LedgerError } from "./LedgerError.ts"
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
 * report whose counts do not says so: see {@link problems}.
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
  reading: Schema.optionalKey(Reading),
  readAt: Schema.optionalKey(Schema.DateTimeUtcFromString)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Exception = typeof Exception.Type

/**
 * A report, as plain data and a stream.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report<out E = never, out R = never> extends Summary {
  /**
   * Every session of the plan that is not deleted, and every deleted one that was found there afterwards, in the plan's
   * order. It is read once for each output.
   */
  readonly exceptions: Stream.Stream<Exception, E, R>
}

/**
 * What {@link json} writes: to read it again.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Document = Schema.Struct({
  /** The version of the format. */
  report: Schema.Literal(1),
  ...Summary.fields,
  exceptions: Schema.Array(Exception),
  /** See {@link problems}; among them, whether `exceptions` are as many as the counts say. */
  problems: Schema.Array(Schema.String)
})

/**
 * The report of the ledger that is provided.
 *
 * **Details**
 *
 * `verified` says whether the ledger has been read from end to end just now and found as it was written
 * (`Ledger.verify`). One that another process purges by cannot be; its report says that it is still running.
 *
 * **Example** (A page for the auditor)
 *
 * ```ts
 * import { LedgerFile, Report } from "@powerdrill-sessions/purge"
 * import { NodeFileSystem } from "@effect/platform-node"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const page = Effect.gen(function*() {
 *   const report = yield* Report.ofLedger(false)
 *   return yield* Stream.mkString(Report.html(report))
 * }).pipe(Effect.provide(Layer.provide(LedgerFile.layerAttached("plan.jsonl"), NodeFileSystem.layer)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofLedger: (verified: boolean) => Effect.Effect<Report<LedgerError>, LedgerError, Ledger> =
  FromLedger.ofLedger

/**
 * How a list is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** How many exceptions are listed; how many more there are is said below them. */
  readonly rows?: number | undefined
}

/**
 * What became of the sessions, in sentences; the first is the headline.
 *
 * **Example** (Of 150 sessions)
 *
 * ```ts
 * import { Report } from "@powerdrill-sessions/purge"
 *
 * declare const summary: Report.Summary
 *
 * Report.verdict(summary)
 * // ["148 of 150 sessions are deleted.", "1 is not deleted.", "1 is unknown: ask again, it is safe."]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const verdict: (summary: Summary) => readonly [string, ...ReadonlyArray<string>] = Words.verdict

/**
 * Why a report cannot be relied on, in sentences: counts that do not add up, a ledger that is not verified. Empty where
 * all is well.
 *
 * @category getters
 * @since 0.1.0
 */
export const problems: (summary: Summary) => ReadonlyArray<string> = Words.problems

/**
 * Text for a terminal, without colours. Control and formatting characters of ids and messages are escaped.
 *
 * **Details**
 *
 * Lists 1,000 exceptions, unless `rows` says otherwise, and how many more there are.
 *
 * **Example** (Printing a report)
 *
 * ```ts
 * import { Console, Stream } from "effect"
 * import { Report } from "@powerdrill-sessions/purge"
 *
 * const print = <E, R>(report: Report.Report<E, R>) => Stream.runForEach(Report.text(report), Console.log)
 * ```
 *
 * @category outputs
 * @since 0.1.0
 */
export const text = <E, R>(report: Report<E, R>, options?: Options): Stream.Stream<string, E, R> =>
  Text.text(report, options?.rows ?? 1000)

/**
 * One JSON document, complete: the encoding of {@link Document}, with an exception to a line.
 *
 * **Gotchas**
 *
 * It is valid JSON as a whole, and only when the stream has ended well: where the ledger cannot be read on, the stream
 * fails and what was written is cut off. A summary that breaks its own schema is a defect.
 *
 * **Example** (The ids that are unknown, from the file)
 *
 * ```text
 * jq -r '.exceptions[] | select(.outcome == "unknown") | .sessionId' report.json
 * ```
 *
 * @category outputs
 * @since 0.1.0
 */
export const json = <E, R>(report: Report<E, R>): Stream.Stream<string, E, R> => {
  const head = Effect.map(
    Effect.orDie(encodeSummary(report)),
    (summary) => `${JSON.stringify({ report: 1, ...summary }).slice(0, -1)},"exceptions":[`
  )
  const rows = Stream.mapArrayEffect(report.exceptions, (exceptions) =>
    Effect.map(Effect.orDie(encodeExceptions(exceptions)), ([first, ...others]) => [first, ...others] as const)
  )
  const list = Stream.mapAccumArray(
    rows,
    () => 0,
    (listed: number, chunk) => [
      listed + chunk.length,
      [(listed === 0 ? "\n" : ",\n") + chunk.map((row) => JSON.stringify(row)).join(",\n")]
    ],
    { onHalt: (listed) => [`\n],"problems":${JSON.stringify(Words.allProblems(report, listed))}}\n`] }
  )
  return Stream.concat(Stream.fromEffect(head), list)
}

const encodeSummary = Schema.encodeEffect(Summary)
const encodeExceptions = Schema.encodeEffect(Schema.NonEmptyArray(Exception))

/**
 * One self-contained HTML page: no script, nothing that is fetched, for light and dark screens, phones and paper.
 *
 * **Details**
 *
 * Lists 10,000 exceptions, unless `rows` says otherwise, and says how many more there are; {@link json} has all of them.
 * Every value is escaped, and invisible characters are shown by their code point. The page's own policy forbids it to
 * run or load anything, so that even a mistake here could not.
 *
 * **Gotchas**
 *
 * It is written in constant memory, but a browser holds all of it: 10,000 rows are some 10 MB.
 *
 * **Example** (Writing a page)
 *
 * ```ts
 * import { Effect, FileSystem, Stream } from "effect"
 * import { Report } from "@powerdrill-sessions/purge"
 *
 * const write = Effect.fn(function* <E, R>(report: Report.Report<E, R>) {
 *   const files = yield* FileSystem.FileSystem
 *   yield* Stream.run(Stream.encodeText(Report.html(report)), files.sink("report.html"))
 * })
 * ```
 *
 * @category outputs
 * @since 0.1.0
 */
export const html = <E, R>(report: Report<E, R>, options?: Options): Stream.Stream<string, E, R> =>
  Html.html(report, options?.rows ?? 10_000)
