/**
 * An effect of files and ledgers becomes a promise, and its failure what the promise rejects with.
 */
import { Cause, Effect, Exit, Result } from "effect"
import type { CallSite } from "../../internal/callSite.ts"

/**
 * What the caller's own code has thrown, which can be anything.
 *
 * @internal
 */
export class Thrown {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/**
 * Rejects with the signal's reason where that has stopped it.
 *
 * @internal
 */
export const settle = async <A, E extends Error | Thrown>(
  effect: Effect.Effect<A, E>,
  { signal, site }: { readonly signal?: AbortSignal | undefined; readonly site: CallSite }
): Promise<A> => {
  signal?.throwIfAborted()
  const exit = await Effect.runPromiseExit(effect, { signal })
  if (Exit.isSuccess(exit)) return exit.value
  const error = Cause.findError(exit.cause)
  if (Result.isSuccess(error)) throw error.success instanceof Thrown ? error.success.value : site(error.success)
  if (Cause.hasInterrupts(exit.cause)) signal?.throwIfAborted()
  throw Cause.squash(exit.cause)
}
