/**
 * What became of the sessions of a plan, for people and for programs.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Core from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { callSite } from "../internal/callSite.ts"
import { checkReportOptions, requirePath } from "./internal/checks.ts"

/**
 * @category models
 * @since 0.1.0
 */
export interface ReportOptions {
  /** As text, as one JSON document, or as one HTML page that needs nothing else. Default: text. */
  readonly format?: "text" | "json" | "html" | undefined
}

/**
 * A report of a purge, from its ledger: pieces of text, to be written one after the other.
 *
 * **Details**
 *
 * All of the ledger is checked before, unless a purge is running by it: then it is reported as it stands, and the report says
 * that it was not verified. The iteration rejects with `LedgerError`; what it has given until then is no report.
 *
 * **Example** (A page)
 *
 * ```ts
 * import { purgeReport } from "@powerdrill-sessions/promise/purge"
 * import { writeFile } from "node:fs/promises"
 *
 * await writeFile("report.html", purgeReport("plan.jsonl", { format: "html" }))
 * ```
 *
 * @category controlling
 * @since 0.1.0
 */
export const purgeReport = (planPath: string, options: ReportOptions = {}): AsyncIterable<string> => {
  const site = callSite()
  return {
    [Symbol.asyncIterator]: () => {
      requirePath(planPath, site)
      checkReportOptions(options, site)
      const stream = Stream.unwrap(report(planPath, options.format ?? "text"))
      const ledger = Core.LedgerFile.layerAttached(planPath)
      return Stream.toAsyncIterable(stream.pipe(Stream.provide(ledger), Stream.provide(NodeFileSystem.layer)))[
        Symbol.asyncIterator
      ]()
    }
  }
}

const report = Effect.fnUntraced(function* (planPath: string, format: "text" | "json" | "html") {
  const ledger = yield* Core.Ledger
  // Nobody writes while it is read.
  const verified = yield* Effect.scoped(
    Effect.andThen(Core.LedgerFile.lock(Core.LedgerFile.pathOf(planPath), { reading: true }), ledger.verify)
  ).pipe(
    Effect.catchIf(
      ({ problem }) => problem === "held",
      () => Effect.undefined
    )
  )
  return formats[format](yield* Core.Report.ofLedger({ verified, running: verified === undefined }))
})

const formats = {
  text: <E, R>(of: Core.Report.Report<E, R>) => Stream.map(Core.Report.text(of), (line) => `${line}\n`),
  json: <E, R>(of: Core.Report.Report<E, R>) => Core.Report.json(of),
  html: <E, R>(of: Core.Report.Report<E, R>) => Core.Report.html(of)
}
