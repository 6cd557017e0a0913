/**
 * What `verify` does.
 *
 * @since 0.1.0
 */
import { LedgerFile, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect, Option } from "effect"
import type { Command } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { usage } from "./ExitCode.ts"
import * as PlanFile from "./PlanFile.ts"
import * as ReadBack from "./ReadBack.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"
import type { flags } from "./VerifyCommand.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (given: Command.Command.Config.Infer<typeof flags>) {
  const { config } = yield* Settings.resolveConfig({ ...given, verify: Option.none() })
  const plan = yield* PlanFile.open(given.plan, config)
  if ((yield* PlanFile.orUsage(PurgeStatus.read(plan.path))) === undefined) {
    return yield* usage(`There is no ledger at ${LedgerFile.pathOf(plan.path)}: nothing was purged by this plan.`)
  }
  yield* ReadBack.run(given).pipe(
    Effect.provide([
      Deletion.layer(config),
      LedgerFile.layer(plan, `${LedgerFile.thisProcess()}, which verifies`),
      Telemetry.layer(given)
    ]),
    Effect.catchTags({
      LedgerError: ({ message }) => usage(message),
      PlanError: ({ message }) => usage(message),
      PlanRefused: ({ message }) => usage(message)
    })
  )
}, Effect.scoped)
