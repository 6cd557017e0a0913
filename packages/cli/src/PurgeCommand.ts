/**
 * `powerdrill-sessions purge <plan>`
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

const atLeastOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * @since 0.1.0
 */
export const flags = {
  plan: planArgument,
  ...settings,
  ...Telemetry.flags,
  ...RunFlags.flags,
  confirm: Flag.String("confirm").pipe(
    Flag.withDescription('Do not ask: "delete", the count of the plan, and the first 8 digits of its digest'),
    Flag.withMetavar("WORDS"),
    Flag.optional
  ),
  maxDelete: Flag.Int("max-delete").pipe(
    Flag.withDescription("Refuse a plan with more sessions than these"),
    Flag.withSchema(atLeastOne),
    Flag.optional
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Check plan, ledger and settings and say how many would be sent; send and write nothing"),
    Flag.withDefault(false)
  ),
  stopAfterFailures: Flag.Int("stop-after-failures").pipe(
    Flag.withDescription("Stop after so many calls in a row that did not delete. Default: 25"),
    Flag.withSchema(atLeastOne),
    Flag.withDefault(25)
  ),
  absentIsDeleted: Flag.Boolean("absent-is-deleted").pipe(
    Flag.withDescription("Count a session that is not there to begin with as deleted"),
    Flag.withDefault(false)
  ),
  verify: Flag.Literals("verify", ["at-end", "never", "doubtful", "always"]).pipe(
    Flag.withDescription("When to look whether sessions are gone: all at the end, or as `delete` does. Bare: at-end"),
    Flag.withOptionalValue("at-end"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("One JSON object per event on standard output"),
    Flag.withDefault(false)
  )
}

/**
 * @since 0.1.0
 */
export const purgeCommand = Command.make(
  "purge",
  flags,
  Handler.load(() => import("./Purging.ts"))
).pipe(
  Command.withDescription(
    "Delete all sessions of a plan for good, and keep a ledger of what became of each. Run it again to go on where it " +
      "ended, however it ended: nothing that is settled is sent again.\n\n" +
      "Exit codes, over all runs of the plan: 0 all deleted, 1 not deleted or not begun, 2 usage, plan or ledger refused " +
      "(nothing sent), 3 unknown, 4 unauthorized or forbidden, 5 declined, vetoed or cancelled, 130/143 interrupted."
  ),
  Command.withShortDescription("Delete the sessions of a plan for good"),
  Command.withExamples([
    { command: "powerdrill-sessions purge plan.jsonl --dry-run", description: "Check, and send nothing" },
    { command: "powerdrill-sessions purge plan.jsonl", description: "Delete; asks first" },
    {
      command: 'powerdrill-sessions purge plan.jsonl --confirm "delete 120 3f9a1c20" --json',
      description: "Delete from a script"
    }
  ])
)
