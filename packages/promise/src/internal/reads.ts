/**
 * Reads as promises: a stream is pulled for as long as somebody iterates, and an exit becomes a value or what was thrown.
 */
import * as Core from "@powerdrill-sessions/core"
import { Cause, Effect, Exit, type ManagedRuntime, Option, Predicate, Pull, Result, Scope, Stream } from "effect"
import { ClientClosed } from "../ClientClosed.ts"
import { Defect } from "../Defect.ts"
import type { FindOptions, ListOptions } from "../ReadOptions.ts"
import type { SessionSummary } from "../SessionSummary.ts"
import type { CallSite } from "./callSite.ts"
import { type Misshapen, misshapenFindOption, misshapenListOption } from "./shapes.ts"

/** What reads share with the calls of their client. */
interface Client {
  readonly runtime: ManagedRuntime.ManagedRuntime<Core.Sessions, never>
  readonly policy: Core.RetryPolicy.Policy
  /** The user whose sessions they are, for reads that do not name one. */
  readonly userId: string | undefined
  readonly isClosed: () => boolean
  readonly redact: (text: string) => string
}

/** @internal */
export const readsOf = ({ isClosed, policy, redact, runtime, userId: defaultUserId }: Client) => {
  /** Runs a part of a read. Where it is not to begin, nothing is sent. */
  const run = async <A>(
    effect: Effect.Effect<A, Core.ReadFailed, Core.Sessions>,
    signal: AbortSignal | undefined,
    site: CallSite
  ): Promise<A> => {
    if (isClosed()) throw site(new ClientClosed({ outcome: "not-deleted" }))
    signal?.throwIfAborted()
    const exit = await runtime.runPromiseExit(Core.RetryPolicy.withPolicy(effect, policy), { signal })
    if (Exit.isSuccess(exit)) return exit.value
    const error = Cause.findError(exit.cause)
    if (Result.isSuccess(error)) throw site(error.success)
    if (Cause.hasInterrupts(exit.cause)) {
      signal?.throwIfAborted()
      if (isClosed()) throw site(new ClientClosed({ outcome: "not-deleted" }))
    }
    throw site(new Defect({ detail: redact(String(Cause.squash(exit.cause))) }))
  }

  async function* iterate(options: ListOptions, site: CallSite): AsyncGenerator<SessionSummary, void, undefined> {
    const misshapen = misshapenListOption(options)
    if (misshapen !== undefined) throw site(invalid("list", misshapen))
    const { signal, titleContains, userId = defaultUserId } = options
    if (userId === undefined) throw site(invalid("list", noUserId))
    const scope = Scope.makeUnsafe()
    try {
      const stream = Stream.unwrap(Core.Sessions.useSync((sessions) => sessions.list({ userId, titleContains })))
      const pull = await run(Scope.provide(Stream.toPull(stream), scope), signal, site)
      const next = Pull.matchEffect(pull, {
        onSuccess: Effect.succeed,
        onFailure: Effect.failCause,
        onDone: () => Effect.succeed([])
      })
      for (;;) {
        const sessions = await run(next, signal, site)
        if (sessions.length === 0) return
        for (const session of sessions) yield toSummary(session)
      }
    } finally {
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }

  return {
    list: (options: ListOptions = {}, site: CallSite): AsyncIterable<SessionSummary> => ({
      [Symbol.asyncIterator]: () => iterate(options, site)
    }),
    find: async (sessionId: string, options: FindOptions = {}, site: CallSite): Promise<SessionSummary | undefined> => {
      const misshapen = misshapenFindOption(options)
      if (misshapen !== undefined) throw site(invalid("find", misshapen, sessionId))
      const { signal, userId = defaultUserId } = options
      if (userId === undefined) throw site(invalid("find", noUserId, sessionId))
      const found = await run(
        Core.Sessions.use((sessions) => sessions.find({ sessionId, userId })),
        signal,
        site
      )
      return Option.getOrUndefined(Option.map(found, toSummary))
    }
  }
}

const toSummary = (session: Core.SessionSummary): SessionSummary => Object.freeze({ ...session })

const noUserId: Misshapen = {
  option: "userId",
  rule: "must be given, with the read or to createSessions, or as POWERDRILL_USER_ID in the environment"
}

const invalid = (read: "list" | "find", { option, rule }: Misshapen, sessionId?: unknown) =>
  new Core.ReadFailed({
    read,
    reason: "invalid-request",
    ...(Predicate.isString(sessionId) ? { sessionId } : undefined),
    attempts: 0,
    field: option ?? "options",
    rule
  })
