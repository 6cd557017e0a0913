/**
 * What became of a purge, for those who must answer for it: as text, as JSON, and as one page that needs nothing else.
 *
 * A report says what is on record and no more: what is unknown is called unknown, and what does not add up is said at its
 * top. It holds user ids, since it is evidence for the team itself; it has no place for a key.
 *
 * @since 0.1.0
 */
import { Effect, Schema, Stream } from "effect"
import * as FromLedger from "./internal/reportOfLedger.ts"
import * as Html from "./internal/reportHtml.ts"
import * as Text from "./internal/reportText.ts"
import * as Words from "./internal/reportWords.ts"
import type { Ledger } from "./Ledger.ts"
import type { Head } from "./LedgerEntry.ts"
import type { LedgerError } from "./LedgerError.ts"
import { Exception, Summary } from "./ReportSchema.ts"

export * from "./ReportSchema.ts"

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
 * The report of the ledger that is provided.
 *
 * **Details**
 *
 * `verified` is where the ledger ends, as `Ledger.verify` has just said: without it the report says that it cannot be
 * relied on. `running` says that another process purges by it.
 *
 * **Example** (A page for the auditor)
 *
 * ```ts
 * import { Ledger, LedgerFile, Report } from "@powerdrill-sessions/purge"
 * import { NodeFileSystem } from "@effect/platform-node"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const page = Effect.gen(function*() {
 *   const { verify } = yield* Ledger
 *   const report = yield* Report.ofLedger({ verified: yield* verify })
 *   return yield* Stream.mkString(Report.html(report))
 * }).pipe(Effect.provide(Layer.provide(LedgerFile.layerAttached("plan.jsonl"), NodeFileSystem.layer)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofLedger: (options?: {
  readonly verified?: Head | undefined
  readonly running?: boolean | undefined
}) => Effect.Effect<Report<LedgerError>, LedgerError, Ledger> = FromLedger.ofLedger

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
