/**
 * `powerdrill-sessions status <plan>`
 *
 * @since 0.1.0
 */
import { PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import * as Standing from "./Standing.ts"

/**
 * @since 0.1.0
 */
export const statusCommand = Command.make(
  "status",
  {
    plan: PlanFile.argument,
    json: Flag.Boolean("json").pipe(Flag.withDescription("One JSON object on standard output"), Flag.withDefault(false))
  },
  Effect.fnUntraced(function* ({ json, plan }) {
    const output = yield* Output
    const standing = (yield* PlanFile.orUsage(PurgeStatus.read(plan))) ?? PurgeStatus.ofPlan(yield* PlanFile.open(plan))
    yield* output.text(json ? JSON.stringify(standing) : Standing.toText(standing))
  })
).pipe(
  Command.withDescription(
    "Tell how the purge of a plan stands, from any shell of the machine: whether it runs, by whom, how many sessions are " +
      "deleted. It changes nothing, and needs no API key."
  ),
  Command.withShortDescription("Tell how a purge stands")
)
