/**
 * Deletes what a plan says, and has each step on the disk before the next one.
 *
 * @since 0.1.0
 */
import { Plugin, RateLimited, Sessions } from "@powerdrill-sessions/core"
import { Cause, Clock, DateTime, Duration, Effect, Exit, Option, Queue, type Scope, Semaphore, Stream } from "effect"
import { claim } from "./internal/claim.ts"
import { add } from "./internal/counting.ts"
import { Ledger } from "./Ledger.ts"
import type { EndReason } from "./LedgerEntry.ts"
import type { LedgerError } from "./LedgerError.ts"
import { fromDefect, fromError, fromReceipt, noPermission, type Outcome } from "./Outcome.ts"
import type { Plan } from "./Plan.ts"
import type { PurgeEvent } from "./PurgeEvent.ts"
import { PurgeRefused } from "./PurgeRefused.ts"

export { PurgeRefused } from "./PurgeRefused.ts"

/**
 * How a plan is purged.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeOptions {
  /** How many calls are under way at once. Default: 8. The team's rate is kept by the `RateBudget`, not by this. */
  readonly concurrency?: number | undefined
  /** Refuses a plan with more sessions than these, before the first request. */
  readonly maxDelete?: number | undefined
  /**
   * Stops after so many calls in a row that did not delete. Default: 25. Sessions that are not found, or that a plugin
   * refuses, do not count, and neither does a limit that says how long: the run waits for so long.
   */
  readonly stopAfterFailures?: number | undefined
  /** A session that was not there to begin with counts as deleted, with `already-absent`. Default: false. */
  readonly absentIsDeleted?: boolean | undefined
  /** Once this succeeds no call is begun any more; those under way come to their end. */
  readonly halt?: Effect.Effect<unknown> | undefined
  /** Who purges, for the ledger. */
  readonly by?: string | undefined
}

/**
 * Deletes what a plan says and its ledger does not know to be settled, and tells what becomes of each session.
 *
 * **Details**
 *
 * The intent is on the disk before a request is sent, and the outcome right after the call has ended. So it can be cut off
 * at any moment, and be run again: nothing with a final outcome is sent again, everything without one is, and a session
 * whose intent has no outcome starts as unknown, so that "not found" means that it is gone.
 *
 * One failure does not stop the others. It stops by itself when the API key is refused, when a plugin refuses the entire
 * run, and when so many calls in a row have failed; the last event says so.
 *
 * **Gotchas**
 *
 * Interrupted, it leaves the calls under way as unknown. To have them come to their end, use `halt`.
 *
 * **Example** (Purging a plan)
 *
 * ```ts
 * import { Sessions } from "@powerdrill-sessions/core"
 * import { LedgerFile, Plan, Purge } from "@powerdrill-sessions/purge"
 * import { NodeFileSystem } from "@effect/platform-node"
 * import { Console, Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const plan = yield* Plan.open("plan.jsonl")
 *   yield* Purge.run(plan, { maxDelete: 200 }).pipe(
 *     Stream.runForEach((event) => Console.log(event._tag, event.counts)),
 *     Effect.provide(LedgerFile.layer(plan, "the nightly job"))
 *   )
 * }).pipe(Effect.provide([Sessions.layerFetch, NodeFileSystem.layer]))
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = (
  plan: Plan,
  options: PurgeOptions = {}
): Stream.Stream<PurgeEvent, PurgeRefused | LedgerError, Sessions | Ledger> =>
  Stream.callback((queue) => Effect.andThen(drive(plan, options, queue), Queue.end(queue)), {
    bufferSize: 64,
    strategy: "suspend"
  })

const drive = Effect.fnUntraced(function* (
  plan: Plan,
  options: PurgeOptions,
  queue: Queue.Enqueue<PurgeEvent>
): Effect.fn.Return<void, PurgeRefused | LedgerError, Sessions | Ledger | Scope.Scope> {
  const ledger = yield* Ledger
  const sessions = yield* Sessions
  const by = options.by ?? "a program"
  const delete_ = options.absentIsDeleted === true ? sessions.ensureDeleted : sessions.delete
  const now = Effect.map(DateTime.now, DateTime.formatIso)
  yield* claim
  yield* check(plan, options, ledger, sessions.baseUrl)

  let counts = yield* ledger.counts
  let stop: { readonly reason: EndReason; readonly message?: string } | undefined
  let failures = 0
  // Until when the API wants no request.
  let notBefore = 0
  const before = yield* ledger.run
  const tell = (event: PurgeEvent) => Queue.offer(queue, event)

  // What is seen of the calls under way, by their sessions.
  const watched = new Map<string, Watched>()
  const keyOf = (call: { readonly sessionId: string; readonly userId: string }) => `${call.userId}\n${call.sessionId}`
  const watch = Plugin.make({
    name: "@powerdrill-sessions/purge",
    onAttempt: ({ call, error, queued }) =>
      Effect.sync(() => {
        const seen = watched.get(keyOf(call))
        if (seen === undefined) return
        seen.queued = Duration.sum(seen.queued, queued)
        if (error?._tag !== "RateLimited") return
        seen.refused++
        seen.retryAfter = Duration.max(seen.retryAfter, error.retryAfter ?? Duration.zero)
      }),
    after: (ended) =>
      Effect.sync(() => {
        const seen = watched.get(keyOf(ended.call))
        if (seen !== undefined && ended._tag === "Died") seen.died = ended
      })
  })

  /** Whether another call may begin. Waits out a pause. */
  const asking = yield* Semaphore.make(1)
  const mayBegin = asking.withPermit(
    Effect.gen(function* () {
      let paused = false
      while (stop === undefined) {
        const command = yield* ledger.command
        if (command === "cancel") {
          const { toldBy } = yield* ledger.run
          stop = { reason: "cancelled", message: `It was cancelled by ${toldBy ?? "somebody"}.` }
        } else if (command === "pause") {
          if (!paused) yield* tell({ _tag: "Paused", by: (yield* ledger.run).toldBy ?? "somebody", counts })
          paused = true
          yield* Effect.sleep("1 second")
        } else {
          const wait = notBefore - (yield* Clock.currentTimeMillis)
          if (wait <= 0) {
            if (paused) yield* tell({ _tag: "Resumed", counts })
            return true
          }
          if (!paused) yield* tell({ _tag: "Paused", by: "the API", forMillis: Math.ceil(wait), counts })
          paused = true
          yield* Effect.sleep(Math.min(wait, 1000))
        }
      }
      return false
    })
  )

  const settle = (request: Ledger.Pending) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        if (!(yield* restore(mayBegin))) return
        const { n, sessionId, userId } = request
        const about = { n, userId, sessionId }
        const seen: Watched = { refused: 0, retryAfter: Duration.zero, queued: Duration.zero, died: undefined }
        const startedAt = yield* DateTime.now
        yield* ledger.append({ kind: "intent", at: DateTime.formatIso(startedAt), ...about })
        watched.set(keyOf(request), seen)
        const afterUnknown = request.state === "intended" || request.state === "unknown"
        const exit = yield* Effect.exit(restore(delete_({ sessionId, userId, afterUnknown })))
        watched.delete(keyOf(request))
        // Where the run is interrupted, it ends here: an intent without an outcome says that nothing is known.
        if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)) yield* restore(Effect.yieldNow)
        const finishedAt = yield* DateTime.now
        const { died, queued, refused, retryAfter } = seen
        const facts = { startedAt, finishedAt, refused, retryAfter, queued }
        const outcome = Exit.match(exit, {
          onSuccess: (receipt) => fromReceipt(receipt, facts),
          onFailure: (cause) =>
            Option.match(Cause.findErrorOption(cause), {
              onNone: () =>
                fromDefect(`The call broke: ${died?.detail ?? "it was interrupted"}`, died?.attempts ?? 0, facts),
              onSome: (error) => fromError(error, facts)
            })
        })
        yield* ledger.append({ kind: "outcome", at: DateTime.formatIso(finishedAt), ...about, ...outcome })
        counts = add(add(counts, { ...request, disposition: null }, -1), toKind(outcome), 1)
        yield* restore(tell({ _tag: "Settled", ...about, outcome, counts }))
        const limit = Exit.isFailure(exit) ? limitOf(exit.cause) : undefined
        if (limit !== undefined) notBefore = Math.max(notBefore, DateTime.toEpochMillis(finishedAt) + limit)
        else if (outcome.outcome === "deleted") failures = 0
        else if (isFailure(outcome)) failures++
        stop ??= reasonToStop(outcome, failures, options.stopAfterFailures ?? 25)
      })
    )

  yield* ledger.append({ kind: "begun", at: yield* now, by })
  yield* tell({ _tag: "Begun", plan: ledger.plan, counts, resumed: before.begun !== undefined })
  if (options.halt !== undefined) {
    yield* Effect.forkChild(
      Effect.andThen(
        options.halt,
        Effect.sync(() => (stop ??= { reason: "halted" }))
      )
    )
  }
  yield* Stream.paginate(0, (after) =>
    Effect.map(stop === undefined ? ledger.pending(after, pageSize) : Effect.succeed([]), (page) => [
      page,
      Option.map(Option.fromUndefinedOr(page.at(-1)), ({ n }) => n)
    ])
  ).pipe(
    Stream.mapEffect(settle, { concurrency: options.concurrency ?? 8, unordered: true }),
    Stream.runDrain,
    Plugin.with(watch),
    // Nobody else's plugin has this name.
    Effect.catchTag("DuplicatePlugin", Effect.die)
  )
  const { message, reason } = stop ?? { reason: "finished" as const, message: undefined }
  const end = { reason, ...(message === undefined ? undefined : { message }) }
  yield* ledger.append({ kind: "ended", at: yield* now, ...end })
  yield* tell({ _tag: "Ended", ...end, counts: yield* ledger.counts })
})

/** What is seen of a call while it is under way. */
interface Watched {
  refused: number
  retryAfter: Duration.Duration
  queued: Duration.Duration
  died: Extract<Plugin.Outcome, { readonly _tag: "Died" }> | undefined
}

const pageSize = 256

const check = Effect.fnUntraced(function* (
  plan: Plan,
  options: PurgeOptions,
  ledger: Ledger["Service"],
  baseUrl: string | undefined
) {
  const refuse = (reason: PurgeRefused["reason"], detail: string) => Effect.fail(new PurgeRefused({ reason, detail }))
  const { concurrency, maxDelete, stopAfterFailures } = options
  for (const [name, value, least, most] of [
    ["concurrency", concurrency, 1, Number.MAX_SAFE_INTEGER],
    ["maxDelete", maxDelete, 0, Infinity],
    ["stopAfterFailures", stopAfterFailures, 1, Infinity]
  ] as const) {
    const isWhole = Number.isSafeInteger(value) || value === Infinity
    if (value !== undefined && !(isWhole && value >= least && value <= most)) {
      return yield* refuse(
        "invalid-option",
        `The option ${name} must be a whole number of ${least} or more, and is ${value}.`
      )
    }
  }
  if (ledger.plan.digest !== plan.header.digest) {
    return yield* refuse("other-plan", "The ledger is that of another plan.")
  }
  if (baseUrl !== undefined && ledger.plan.baseUrl !== baseUrl) {
    return yield* refuse("other-server", `The plan was made for ${ledger.plan.baseUrl}, and not for ${baseUrl}.`)
  }
  if (maxDelete !== undefined && ledger.plan.count > maxDelete) {
    return yield* refuse(
      "too-many",
      `The plan has ${ledger.plan.count} sessions, and at most ${maxDelete} may be deleted.`
    )
  }
  const { command, toldAt, toldBy } = yield* ledger.run
  if (command === "cancel") {
    return yield* refuse(
      "cancelled",
      `The purge was cancelled${toldBy === undefined ? "" : ` by ${toldBy}`}${toldAt === undefined ? "" : ` at ${toldAt}`}; \`resume\` takes it up again.`
    )
  }
})

const toKind = ({ disposition, error, outcome }: Outcome) => ({
  state: outcome,
  disposition: disposition ?? null,
  error: error ?? null
})

/** Whether it says that there is no sense in going on: not what a plugin or the API says about this very session. */
const isFailure = ({ broken, error }: Outcome) => broken === true || (error !== "Vetoed" && error !== "SessionNotFound")

/** How long the API wants no request, in milliseconds. */
const limitOf = (cause: Cause.Cause<unknown>): number | undefined => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  return error instanceof RateLimited && error.retryAfter !== undefined
    ? Duration.toMillis(error.retryAfter)
    : undefined
}

const reasonToStop = ({ code, entireRun, error, message, outcome }: Outcome, failures: number, most: number) => {
  const why = message === undefined ? {} : { message }
  if (error === "Unauthorized" || (error === "Forbidden" && code !== noPermission)) {
    return { reason: "unauthorized" as const, ...why }
  }
  if (entireRun === true) return { reason: "vetoed" as const, ...why }
  if (failures >= most) {
    return {
      reason: "failures" as const,
      message: `${failures} calls in a row did not delete. The last one: ${message ?? error ?? outcome}`
    }
  }
  return undefined
}
