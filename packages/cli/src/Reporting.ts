/**
 * What `report` does.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile, Report } from "@powerdrill-sessions/purge"
import { Effect, Result, Stream } from "effect"
import type { Command } from "effect/cli"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import type { flags } from "./ReportCommand.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Target from "./Target.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* ({
  format,
  plan,
  ...target
}: Command.Command.Config.Infer<typeof flags>) {
  const output = yield* Output
  yield* Effect.gen(function* () {
    const ledger = yield* Ledger
    // Nobody writes while it is read. One that is in use is reported as it stands.
    const checked = yield* LedgerFile.lock(LedgerFile.pathOf(plan), { reading: true }).pipe(
      Effect.andThen(ledger.verify),
      Effect.result,
      Effect.raceFirst(exitOnSignal("Interrupted: there is no report."))
    )
    // What is said of an altered one needs no plan.
    if (Result.isSuccess(checked) || checked.failure.problem === "held") yield* PlanFile.compare(plan)
    const report = yield* Report.ofLedger({
      verified: Result.getOrUndefined(checked),
      running: Result.isFailure(checked) && checked.failure.problem === "held"
    })
    yield* Target.write(target)(formats[format](report))
    if (Result.isSuccess(checked)) return
    const { message, problem } = checked.failure
    if (problem === "held") return yield* output.note("The ledger is in use: what the report says is not verified.")
    return yield* new Exit({ code: ExitCode.notDeleted, message })
  }).pipe(
    Effect.scoped,
    Effect.provide(LedgerFile.layerAttached(plan)),
    Effect.catchTag("LedgerError", ({ message }) => usage(message))
  )
})

const formats = {
  text: <E, R>(report: Report.Report<E, R>) => Stream.map(Report.text(report), (line) => `${line}\n`),
  json: Report.json,
  html: <E, R>(report: Report.Report<E, R>) => Report.html(report)
}
