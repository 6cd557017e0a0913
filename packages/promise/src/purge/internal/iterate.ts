/**
 * A stream that runs for a client becomes an iterator of promises. It runs in the client's runtime, so that closing the
 * client stops it; and it is no further ahead of its consumer than its buffers are long.
 */
import type * as Core from "@powerdrill-sessions/core"
import { Cause, Effect, Exit, Fiber, Queue, Result } from "effect"
import type { CallSite } from "../../internal/callSite.ts"
import type { Client } from "../../internal/runtime.ts"
import { PurgeCutOff } from "../PurgeError.ts"
import { Thrown } from "./settle.ts"

/** @internal */
export interface Iteration<A> extends AsyncIterableIterator<A>, AsyncDisposable {
  readonly return: () => Promise<IteratorResult<A, undefined>>
}

/**
 * `begin` is called with the first `next`, and may throw. The stream must come to its end when it is told to halt, which it
 * is by `signal` and by `return`; what it still gives after `return` is passed over.
 *
 * @internal
 */
export const iterate = <A, E extends Error | Thrown>(
  begin: (halt: AbortSignal) => {
    readonly client: Client
    readonly effect: (give: (value: A) => Effect.Effect<unknown>) => Effect.Effect<void, E, Core.Sessions>
  },
  { signal, site }: { readonly signal: AbortSignal | undefined; readonly site: CallSite }
): Iteration<A> => {
  const halting = new AbortController()
  const halt = () => halting.abort()
  let running: { readonly client: Client; readonly queue: Queue.Dequeue<A, E | Cause.Done> } | undefined
  let isOver = false

  const start = () => {
    const { client, effect } = begin(halting.signal)
    if (signal?.aborted === true) halt()
    else signal?.addEventListener("abort", halt)
    const queue = Effect.runSync(Queue.bounded<A, E | Cause.Done>(1))
    const fiber = client.runtime.runFork(effect((value) => Queue.offer(queue, value)))
    // Not by the fiber itself: a client that is closed at once does not let it begin.
    Effect.runFork(
      Effect.flatMap(Fiber.await(fiber), (exit) =>
        Exit.isSuccess(exit) ? Queue.end(queue) : Queue.failCause(queue, exit.cause)
      )
    )
    return { client, queue }
  }

  const next = async (): Promise<IteratorResult<A, undefined>> => {
    if (isOver) return done
    try {
      running ??= start()
      const exit = await Effect.runPromiseExit(Queue.take(running.queue))
      if (Exit.isSuccess(exit)) return { done: false, value: exit.value }
      // Whoever has asked at the same time is told once.
      if (isOver) return done
      const failure = failureOf(exit.cause, running.client)
      if (failure !== undefined) throw failure instanceof Thrown ? failure.value : site(failure)
    } catch (error) {
      end()
      throw error
    }
    end()
    return done
  }

  const end = () => {
    isOver = true
    if (running !== undefined) signal?.removeEventListener("abort", halt)
  }

  const leave = async () => {
    halt()
    if (running === undefined) end()
    while ((await next()).done !== true);
    return done
  }

  return {
    next,
    return: leave,
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => {
      await leave()
    }
  }
}

const done: IteratorResult<never, undefined> = { done: true, value: undefined }

const failureOf = <E extends Error | Thrown>(
  cause: Cause.Cause<E | Cause.Done>,
  client: Client
): Error | Thrown | undefined => {
  const error = Cause.findError(cause)
  if (Result.isSuccess(error)) return Cause.isDone(error.success) ? undefined : error.success
  return Cause.hasInterruptsOnly(cause) && client.isClosed()
    ? new PurgeCutOff({ reason: "closed", detail: "its client was closed." })
    : new PurgeCutOff({ reason: "defect", detail: `${client.redact(String(Cause.squash(cause)))}.` })
}
