/**
 * `powerdrill-sessions verify <plan>`
 *
 * @since 0.1.0
 */
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

/**
 * @since 0.1.0
 */
export const flags = {
  plan: planArgument,
  ...settings,
  ...Telemetry.flags,
  concurrency: RunFlags.flags.concurrency,
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("One JSON object per session on standard output"),
    Flag.withDefault(false)
  )
}

/**
 * @since 0.1.0
 */
export const verifyCommand = Command.make(
  "verify",
  flags,
  Handler.load(() => import("./Verifying.ts"))
).pipe(
  Command.withDescription(
    "Look for every session of a plan, and note in its ledger which are gone. It deletes nothing.\n\n" +
      "Exit codes: 0 all are gone, 1 some are there, 2 usage, plan or ledger refused, 3 unclear, 130/143 interrupted."
  ),
  Command.withShortDescription("Look whether the sessions of a plan are gone")
)
