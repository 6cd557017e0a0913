/**
 * What `pause`, `resume` and `cancel` do.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import { usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"

/**
 * @since 0.1.0
 */
export const steer = (command: "pause" | "go" | "cancel", words: { readonly held: string; readonly free: string }) =>
  Effect.fnUntraced(function* ({ plan }: { readonly plan: string }) {
    const output = yield* Output
    if (command !== "go" && (yield* PlanFile.orUsage(hasFinished(plan)))) {
      return yield* usage(`The purge has finished: there is nothing to ${command}.`)
    }
    const standing = yield* PlanFile.orUsage(
      Ledger.use(({ tell }) => tell(command, LedgerFile.thisProcess())).pipe(
        Effect.provide(LedgerFile.layerAttached(plan)),
        Effect.andThen(PurgeStatus.read(plan))
      )
    )
    yield* output.note(standing?.isHeld === true ? words.held : words.free)
  })

/** Whether nobody is at it, and nothing is left that another run would send. */
const hasFinished = Effect.fnUntraced(function* (plan: string) {
  const standing = yield* PurgeStatus.read(plan)
  if (standing === undefined || standing.isHeld) return false
  const pending = yield* Ledger.use((ledger) => ledger.pending(0, 1)).pipe(
    Effect.provide(LedgerFile.layerAttached(plan))
  )
  return pending.length === 0
})
