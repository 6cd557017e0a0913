/**
 * Deletes what a plan says, and has each step on the disk before the next one.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { RetryPolicy as Policy } from "@powerdrill-sessions/core"
import * as Core from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import type { RetryPolicy } from "../CallOptions.ts"
import { type CallSite, callSite } from "../internal/callSite.ts"
import { insideHook } from "../internal/insideHook.ts"
import { quote } from "../internal/quote.ts"
import { policies } from "../internal/runtime.ts"
import type { Sessions } from "../Sessions.ts"
import { checkPurgeOptions, requireClient, requirePlan } from "./internal/checks.ts"
import { iterate } from "./internal/iterate.ts"
import { openFor } from "./internal/openFor.ts"
import { untilAborted } from "./internal/untilAborted.ts"
import type { Plan } from "./Plan.ts"
import { PurgeRefused } from "./PurgeError.ts"
import type { PurgeEvent } from "./PurgeEvent.ts"

/**
 * How a plan is purged.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeOptions {
  /**
   * What somebody has typed who agrees to the plan: `confirmation` of `Plan`. Anything else is refused. Without it, the
   * program is taken to have agreed.
   */
  readonly confirm?: string | undefined
  /** Refuses a plan with more sessions than these, before the first request. */
  readonly maxDelete?: number | undefined
  /** How many calls are under way at once. Default: 8. The rate is kept by the client's `requestsPerSecond`, not by this. */
  readonly concurrency?: number | undefined
  /** Stops after so many calls in a row that did not delete. Default: 25. */
  readonly stopAfterFailures?: number | undefined
  /** A session that was not there to begin with counts as deleted, with `already-absent`. Default: false. */
  readonly absentIsDeleted?: boolean | undefined
  /** Which failures are tried again, instead of the client's. */
  readonly retry?: RetryPolicy | undefined
  /** Who purges, for the ledger and for those who look at it. Default: `user@host, process 4711`. */
  readonly by?: string | undefined
  /**
   * Once it is aborted no call is begun. Those under way come to their end, and the last event is `Ended`, with the reason
   * `halted`.
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * A purge that is under way, or about to be: an iterator over its events. It can be iterated once.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeRun extends AsyncIterableIterator<PurgeEvent>, AsyncDisposable {
  /**
   * Ends the run: no call is begun any more. Resolves when those under way have come to their end, are in the ledger, and
   * another run may begin. `break` in a `for await` does it, and so does an error that is thrown in its body.
   */
  readonly return: () => Promise<IteratorResult<PurgeEvent, undefined>>
}

/**
 * Deletes what a plan says and its ledger does not know to be settled, and tells what becomes of each session.
 *
 * **Details**
 *
 * The ledger is beside the plan: `plan.jsonl` has `plan.ledger.sqlite`. What is about to be sent is on the disk before it is
 * sent, and what became of it right after the call has ended. So a purge can be cut off at any moment; to go on, call
 * `purge` again with the same plan. Nothing with a final outcome is sent again, everything without one is, and a session
 * that was under way starts as unknown, so that "not found" means that it is gone.
 *
 * The calls are those of the client: they share its budget, and its plugins see and guard them. One failure does not stop
 * the others. The run stops by itself when the API key is refused, when a plugin refuses the entire run, and when so many
 * calls in a row have failed; the last event says so.
 *
 * Nothing happens before the first event is asked for, and asking for the next ones keeps it going: calls are never more
 * than about 150 sessions ahead of who reads their events. There are three ways to end it before its end:
 *
 * - Aborting `signal`: the calls under way come to their end and are told, then comes `Ended`.
 * - `break`, `return()`, or an error in the body of the loop: the same, but nothing more is told.
 * - `close()` of the client: at once. The calls under way are cut off, the ledger has them as unknown, and the iteration
 *   rejects with `PurgeCutOff`.
 *
 * The iteration rejects with `PlanRefused` or `PlanError` for the plan, `LedgerError` for the ledger, `PurgeRefused` where
 * it does not begin, and `InvalidConfig` for an option that cannot be used. How single calls have failed is in their events.
 *
 * **Gotchas**
 *
 * - Once deleted, a session and its job history cannot be recovered (page "Delete session").
 * - A path is the plan that is in the file by then. A `Plan` is the one that was opened: where the file has changed since,
 *   it is refused.
 * - Who asks for some events by hand and then for none leaves the run waiting, with its ledger held: use `return()`.
 *
 * **Example** (Purging a plan)
 *
 * ```ts
 * import { createSessions } from "@powerdrill-sessions/promise"
 * import { openPlan, purge } from "@powerdrill-sessions/promise/purge"
 *
 * await using sessions = createSessions()
 * const plan = await openPlan("plan.jsonl")
 *
 * const stop = new AbortController()
 * process.once("SIGINT", () => stop.abort())
 *
 * for await (const event of purge(sessions, plan, { maxDelete: 200, signal: stop.signal })) {
 *   if (event._tag === "Settled") console.log(event.sessionId, event.outcome.outcome)
 *   if (event._tag === "Ended") console.log(event.reason, event.counts)
 * }
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const purge = (sessions: Sessions, plan: Plan | string, options: PurgeOptions = {}): PurgeRun => {
  const site = callSite()
  // An option of the wrong shape is told when the iteration begins; until then nothing of it is used.
  const signal = typeof options === "object" && options !== null ? options.signal : undefined
  return iterate<PurgeEvent, Error>((halt) => begin(sessions, plan, options, halt, site), { signal, site })
}

const begin = (sessions: Sessions, plan: Plan | string, options: PurgeOptions, halt: AbortSignal, site: CallSite) => {
  const client = requireClient(sessions, site)
  const { digest, path } = requirePlan(plan, site)
  checkPurgeOptions(options, site)
  const inside = insideHook()
  if (inside !== undefined) {
    throw site(new PurgeRefused({ reason: "inside-hook", detail: `A hook of ${quote(inside)} must not delete.` }))
  }
  if (client.isClosed()) throw site(new PurgeRefused({ reason: "closed", detail: "The client is closed." }))
  const {
    absentIsDeleted,
    by = Core.LedgerFile.thisProcess(),
    concurrency,
    maxDelete,
    retry,
    stopAfterFailures
  } = options
  const halted = untilAborted(halt)
  return {
    client,
    effect: (give: (event: PurgeEvent) => Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const opened = yield* openFor(client, path, digest)
        yield* confirm(opened, options.confirm)
        yield* Core.Purge.run(opened, {
          absentIsDeleted,
          by,
          concurrency,
          halt: halted,
          maxDelete,
          stopAfterFailures
        }).pipe(
          Stream.runForEach(give),
          Policy.withPolicy(retry === undefined ? client.policy : policies[retry]),
          Effect.provide(Core.LedgerFile.layer(opened, by), { local: true })
        )
      }).pipe(
        Effect.catchTag("PurgeRefused", ({ detail, reason }) => Effect.fail(new PurgeRefused({ detail, reason }))),
        Effect.provide(NodeFileSystem.layer)
      )
  }
}

const confirm = ({ header }: Core.Plan.Plan, typed: string | undefined) => {
  const wanted = Core.Plan.confirmationOf(header)
  if (typed === undefined || typed === wanted) return Effect.void
  const detail = `What was typed, ${quote(typed)}, does not agree to this plan; ${quote(wanted)} does.`
  return Effect.fail(new PurgeRefused({ reason: "not-confirmed", detail }))
}
