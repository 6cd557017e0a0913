/**
 * `powerdrill-sessions pause <plan>`, `resume` and `cancel`: what one process tells another that purges.
 *
 * @since 0.1.0
 */
import { Command } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"

/**
 * @since 0.1.0
 */
export const pauseCommand = Command.make(
  "pause",
  { plan: planArgument },
  Handler.load(() =>
    import("./Steering.ts").then(({ steer }) => ({
      run: steer("pause", {
        held: "Paused: no further call is begun until `resume`; those under way come to their end.",
        free: "Nobody purges by this plan now. The next one that does waits until `resume`."
      })
    }))
  )
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
  { plan: planArgument },
  Handler.load(() =>
    import("./Steering.ts").then(({ steer }) => ({
      run: steer("go", {
        held: "It goes on.",
        free: "Nobody purges by this plan now. `purge` may go on with it."
      })
    }))
  )
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
  { plan: planArgument },
  Handler.load(() =>
    import("./Steering.ts").then(({ steer }) => ({
      run: steer("cancel", {
        held: "Cancelled: no further call is begun; those under way come to their end. What is deleted stays deleted.",
        free: "Nobody purges by this plan now. Whoever tries to is refused until `resume`."
      })
    }))
  )
).pipe(
  Command.withDescription(
    "Have the process that purges by a plan end: no further call is begun, those under way come to their end, and the plan " +
      "is refused from then on, until `resume`. What is deleted stays deleted.\n\n" +
      "Exit codes: 0 it is told so, 2 there is no ledger, or the purge has finished."
  ),
  Command.withShortDescription("Stop a purge that runs in another process, for good")
)
