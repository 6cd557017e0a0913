/**
 * `powerdrill-sessions verify <plan>`
 *
 * @since 0.1.0
 */
import { LedgerFile, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { usage } from "./ExitCode.ts"
import * as PlanFile from "./PlanFile.ts"
import * as ReadBack from "./ReadBack.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

/**
 * @since 0.1.0
 */
export const verifyCommand = Command.make(
  "verify",
  {
    plan: PlanFile.argument,
    ...settings,
    ...Telemetry.flags,
    concurrency: RunFlags.flags.concurrency,
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object per session on standard output"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (flags) {
    const { config } = yield* Settings.resolveConfig({ ...flags, verify: Option.none() })
    const plan = yield* PlanFile.open(flags.plan, config)
    if ((yield* PlanFile.orUsage(PurgeStatus.read(plan.path))) === undefined) {
      return yield* usage(`There is no ledger at ${LedgerFile.pathOf(plan.path)}: nothing was purged by this plan.`)
    }
    yield* ReadBack.run(flags).pipe(
      Effect.provide([
        Deletion.layer(config),
        LedgerFile.layer(plan, `${LedgerFile.thisProcess()}, which verifies`),
        Telemetry.layer(flags)
      ]),
      Effect.catchTags({
        LedgerError: ({ message }) => usage(message),
        PlanError: ({ message }) => usage(message),
        PlanRefused: ({ message }) => usage(message)
      })
    )
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Look for every session of a plan, and note in its ledger which are gone. It deletes nothing.\n\n" +
      "Exit codes: 0 all are gone, 1 some are there, 2 usage, plan or ledger refused, 3 unclear, 130/143 interrupted."
  ),
  Command.withShortDescription("Look whether the sessions of a plan are gone")
)
