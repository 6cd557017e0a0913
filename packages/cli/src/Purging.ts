/**
 * What `purge` does.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile, Plan, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect, Option } from "effect"
import type { Command } from "effect/cli"
import * as Consent from "./Consent.ts"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import * as Plugins from "./Plugins.ts"
import * as Progress from "./Progress.ts"
import type { flags } from "./PurgeCommand.ts"
import * as PurgeRun from "./PurgeRun.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Settings from "./Settings.ts"
import * as Standing from "./Standing.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (given: Command.Command.Config.Infer<typeof flags>) {
  const output = yield* Output
  const readBack = Option.contains(given.verify, "at-end")
  const verify = Option.flatMap(given.verify, (when) => (when === "at-end" ? Option.none() : Option.some(when)))
  const { config } = yield* Settings.resolveConfig({ ...given, verify })
  const plan = yield* PlanFile.open(given.plan, config)
  const { count } = plan.header
  if (Option.isSome(given.maxDelete) && count > given.maxDelete.value) {
    return yield* usage(
      `Nothing was sent: the plan has ${count} sessions, and --max-delete allows ${given.maxDelete.value}.`
    )
  }
  const plugins = yield* Plugins.load(given.plugin)
  const before = yield* PlanFile.orUsage(PurgeStatus.read(plan.path))
  yield* refuse(plan, before)
  const remaining = yield* PlanFile.orUsage(countRemaining(plan, given.dryRun)).pipe(
    Effect.raceFirst(exitOnSignal("Nothing was sent: interrupted while reading the ledger."))
  )

  if (given.dryRun) {
    yield* output.text(
      given.json
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
    !(yield* Consent.askFor(Plan.confirmationOf(plan.header), question(plan, before, remaining), given.confirm))
  ) {
    return yield* new Exit({ code: ExitCode.declined, message: "Nothing was sent: declined." })
  }
  yield* PurgeRun.run({
    ...given,
    plan,
    plugins,
    readBack,
    requestsPerSecond: config.requestsPerSecond,
    policy: RunFlags.policies[given.retry],
    maxDelete: Option.getOrUndefined(given.maxDelete)
  }).pipe(Effect.provide([Deletion.layer(config), Telemetry.layer(given)]))
}, Effect.scoped)

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
