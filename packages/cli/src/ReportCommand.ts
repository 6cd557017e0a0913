/**
 * `powerdrill-sessions report <plan>`
 *
 * @since 0.1.0
 */
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"
import * as Target from "./Target.ts"

/**
 * @since 0.1.0
 */
export const flags = {
  plan: planArgument,
  format: Flag.Literals("format", ["text", "json", "html"]).pipe(
    Flag.withDescription("As text, as one JSON document, or as one HTML page. Default: text"),
    Flag.withDefault("text")
  ),
  ...Target.flags
}

/**
 * @since 0.1.0
 */
export const reportCommand = Command.make(
  "report",
  flags,
  Handler.load(() => import("./Reporting.ts"))
).pipe(
  Command.withDescription(
    "Print what became of the sessions of a plan, from its ledger, which is checked and compared with the plan before. It " +
      "needs no API key.\n\n" +
      "Exit codes: 0 there is a report, 1 the ledger was altered, or the report cannot be written, 2 there is no ledger, or " +
      "it is not that of the plan."
  ),
  Command.withShortDescription("Print what became of the sessions of a plan"),
  Command.withExamples([
    { command: "powerdrill-sessions report plan.jsonl", description: "As text" },
    { command: "powerdrill-sessions report plan.jsonl --format html -o report.html", description: "As a page" }
  ])
)
