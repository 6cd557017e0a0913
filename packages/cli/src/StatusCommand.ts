/**
 * `powerdrill-sessions status <plan>`
 *
 * @since 0.1.0
 */
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"

/**
 * @since 0.1.0
 */
export const flags = {
  plan: planArgument,
  json: Flag.Boolean("json").pipe(Flag.withDescription("One JSON object on standard output"), Flag.withDefault(false))
}

/**
 * @since 0.1.0
 */
export const statusCommand = Command.make(
  "status",
  flags,
  Handler.load(() => import("./Status.ts"))
).pipe(
  Command.withDescription(
    "Tell how the purge of a plan stands, from any shell of the machine: whether it runs, by whom, how many sessions are " +
      "deleted. It changes nothing, and needs no API key."
  ),
  Command.withShortDescription("Tell how a purge stands")
)
