/**
 * What `status` does.
 *
 * @since 0.1.0
 */
import { PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import type { Command } from "effect/cli"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import * as Standing from "./Standing.ts"
import type { flags } from "./StatusCommand.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* ({ json, plan }: Command.Command.Config.Infer<typeof flags>) {
  const output = yield* Output
  const standing = (yield* PlanFile.orUsage(PurgeStatus.read(plan))) ?? PurgeStatus.ofPlan(yield* PlanFile.open(plan))
  yield* output.text(json ? JSON.stringify(standing) : Standing.toText(standing))
})
