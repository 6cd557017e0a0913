/**
 * `powerdrill-sessions pause <plan>`, `resume` and `cancel`: what one process tells another that purges.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile, PurgeStatus } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"

const steer = (command: "pause" | "go" | "cancel", words: { readonly held: string; readonly free: string }) =>
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

/**
 * @since 0.1.0
 */
export const pauseCommand = Command.make(
  "pause",
  { plan: PlanFile.argument },
  steer("pause", {
    held: "Paused: no further call is begun until `resume`; those under way come to their end.",
    free: "Nobody purges by this plan now. The next one that does waits until `resume`."
  })
).pipe(
  Command.withDescription(
    "Have the process that purges by a plan begin no further call until `resume`; those under way come to their end.\n\n" +
      "Exit codes: 0 it is told so, 2 there is no ledger, or the purge has finished."
  ),
  Command.withShortDescription("Pause a purge that runs in another process")
)

/**
 * @since 0.1.0
 */
export const resumeCommand = Command.make(
  "resume",
  { plan: PlanFile.argument },
  steer("go", {
    held: "It goes on.",
    free: "Nobody purges by this plan now. `purge` may go on with it."
  })
).pipe(
  Command.withDescription(
    "Take `pause` or `cancel` back. It starts nothing: where no process is at it, run `purge` again."
  ),
  Command.withShortDescription("Let a paused or cancelled purge go on")
)

/**
 * @since 0.1.0
 */
export const cancelCommand = Command.make(
  "cancel",
  { plan: PlanFile.argument },
  steer("cancel", {
    held: "Cancelled: no further call is begun; those under way come to their end. What is deleted stays deleted.",
    free: "Nobody purges by this plan now. Whoever tries to is refused until `resume`."
  })
).pipe(
  Command.withDescription(
    "Have the process that purges by a plan end: no further call is begun, those under way come to their end, and the plan " +
      "is refused from then on, until `resume`. What is deleted stays deleted.\n\n" +
      "Exit codes: 0 it is told so, 2 there is no ledger, or the purge has finished."
  ),
  Command.withShortDescription("Stop a purge that runs in another process, for good")
)
