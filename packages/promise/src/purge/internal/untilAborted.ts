import { Effect } from "effect"

/** @internal */
export const untilAborted = (signal: AbortSignal) =>
  Effect.callback<void>((resume) => {
    const abort = () => resume(Effect.void)
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", abort))
  })
