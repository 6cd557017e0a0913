/**
 * `powerdrill-sessions purge <plan>`
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile, Plan, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Consent from "./Consent.ts"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import * as PluginModule from "./PluginModule.ts"
import * as Progress from "./Progress.ts"
import * as PurgeRun from "./PurgeRun.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Settings from "./Settings.ts"
import * as Standing from "./Standing.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

const atLeastOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * @since 0.1.0
 */
export const purgeCommand = Command.make(
  "purge",
  {
    plan: PlanFile.argument,
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
  },
  Effect.fnUntraced(function* (flags) {
    const output = yield* Output
    const readBack = Option.contains(flags.verify, "at-end")
    const verify = Option.flatMap(flags.verify, (when) => (when === "at-end" ? Option.none() : Option.some(when)))
    const { config } = yield* Settings.resolveConfig({ ...flags, verify })
    const plan = yield* PlanFile.open(flags.plan, config)
    const { count } = plan.header
    if (Option.isSome(flags.maxDelete) && count > flags.maxDelete.value) {
      return yield* usage(
        `Nothing was sent: the plan has ${count} sessions, and --max-delete allows ${flags.maxDelete.value}.`
      )
    }
    if (flags.plugin.length > 0) yield* PluginModule.catchStrays
    const plugins = yield* Effect.forEach(flags.plugin, PluginModule.load)
    const before = yield* PlanFile.orUsage(PurgeStatus.read(plan.path))
    yield* refuse(plan, before)
    const remaining = yield* PlanFile.orUsage(countRemaining(plan, flags.dryRun)).pipe(
      Effect.raceFirst(exitOnSignal("Nothing was sent: interrupted while reading the ledger."))
    )

    if (flags.dryRun) {
      yield* output.text(
        flags.json
          ? JSON.stringify({ event: "dry-run", planned: count, wouldSend: remaining })
          : `would send   ${remaining} deletes of ${count} planned to ${config.baseUrl}`
      )
      const names = plugins.map(({ name }) => name).join(", ")
      return yield* output.note(`Nothing was sent or written: a dry run.${names === "" ? "" : ` Not asked: ${names}.`}`)
    }
    if (before !== undefined && remaining === 0 && !readBack) {
      const counts = yield* checkedCounts(plan)
      yield* output.note(`Nothing is left to send. ${Progress.sum(counts)}.`)
      return yield* PurgeRun.conclude(counts, undefined, { path: plan.path, isRead: false })
    }
    if (
      remaining > 0 &&
      !(yield* Consent.askFor(Plan.confirmationOf(plan.header), question(plan, before, remaining), flags.confirm))
    ) {
      return yield* new Exit({ code: ExitCode.declined, message: "Nothing was sent: declined." })
    }
    yield* PurgeRun.run({
      ...flags,
      plan,
      plugins,
      readBack,
      requestsPerSecond: config.requestsPerSecond,
      policy: RunFlags.policies[flags.retry],
      maxDelete: Option.getOrUndefined(flags.maxDelete)
    }).pipe(Effect.provide([Deletion.layer(config), Telemetry.layer(flags)]))
  }, Effect.scoped)
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

const question = ({ header }: Plan.Plan, before: PurgeStatus.PurgeStatus | undefined, remaining: number): string =>
  [
    `Delete ${remaining} sessions at ${header.baseUrl}? This cannot be undone.`,
    `Selected: ${Line.visible(header.selection)}; ${header.kept} were found and kept.`,
    ...(before === undefined
      ? []
      : [`This goes on with a purge that has begun: ${Progress.sum(before.counts)}; ${remaining} remain to be sent.`])
  ].join("\n")

/** What is refused before anybody is asked. */
const refuse = (plan: Plan.Plan, before: PurgeStatus.PurgeStatus | undefined): Effect.Effect<void, Exit> => {
  if (before === undefined) return Effect.void
  if (before.plan.digest !== plan.header.digest || before.plan.baseUrl !== plan.header.baseUrl) {
    return usage(
      `Nothing was sent: the ledger beside the plan is that of another one, ${before.plan.digest.slice(0, 8)} of ` +
        `${before.plan.baseUrl}. Put each plan where no other ledger is.`
    )
  }
  if (before.isHeld) return usage(`Nothing was sent: another process is at it. ${Standing.toText(before)}`)
  if (before.state !== "cancelled") return Effect.void
  return new Exit({ code: ExitCode.declined, message: `Nothing was sent. ${Standing.toText(before)}` })
}

/** How many requests a run would send; with `inspecting` the whole ledger is checked before. */
const countRemaining = Effect.fnUntraced(function* (plan: Plan.Plan, inspecting: boolean) {
  if ((yield* PurgeStatus.read(plan.path)) === undefined) return plan.header.count
  return yield* Effect.gen(function* () {
    const ledger = yield* Ledger
    if (inspecting) yield* ledger.verify
    let count = 0
    let after = 0
    while (true) {
      const page = yield* ledger.pending(after, 5000)
      const last = page.at(-1)
      if (last === undefined) return count
      count += page.length
      after = last.n
    }
  }).pipe(Effect.provide(LedgerFile.layerAttached(plan.path)))
})

/** How a purge stands with nothing left to send, from a ledger that is read from end to end, as one to purge by is. */
const checkedCounts = (plan: Plan.Plan) =>
  Ledger.use(({ counts }) => counts).pipe(
    Effect.provide(LedgerFile.layer(plan)),
    Effect.mapError(({ message }) => usage(`Nothing was sent. ${message}`)),
    Effect.raceFirst(exitOnSignal("Nothing was sent: interrupted while reading the ledger."))
  )
