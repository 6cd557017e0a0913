/**
 * The record of a purge, which lies beside its plan: to look at it, and to tell the process that purges what to do. None of
 * this needs a client, and all of it works while a purge is running, in this process or in another.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Core from "@powerdrill-sessions/purge"
import { Effect, type FileSystem } from "effect"
import { callSite } from "../internal/callSite.ts"
import { checkControlOptions, requirePath } from "./internal/checks.ts"
import { settle } from "./internal/settle.ts"
import type { PurgeCounts, PurgeEndReason, PurgePlanned } from "./PurgeEvent.ts"

/**
 * How the purge of a plan stands: a plain object, which can be written as JSON as it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeStatus {
  /**
   * `paused` and `cancelled`: somebody has told it so, whether or not a process is still at it (see `isHeld`). `cut-off`: the
   * last run has ended without saying so.
   */
  readonly state: "not-begun" | "running" | "paused" | "cancelled" | "cut-off" | "ended"
  /** Whether a process is at it now. */
  readonly isHeld: boolean
  /** Who purges by it, or did so last; who has paused or cancelled it. */
  readonly by: string | null
  /** Since when. ISO 8601, UTC. */
  readonly since: string | null
  /** Why the last run ended, where it did. */
  readonly reason: PurgeEndReason | null
  /** The same as a sentence, where there is one. */
  readonly message: string | null
  readonly plan: PurgePlanned
  readonly counts: PurgeCounts
}

/**
 * @category models
 * @since 0.1.0
 */
export interface ControlOptions {
  /** Who says so. Default: `user@host, process 4711`. */
  readonly by?: string | undefined
}

/**
 * Reads how the purge of a plan stands. Without a ledger it is `not-begun`, and the plan is read instead.
 *
 * **Details**
 *
 * Rejects with `LedgerError`, and with `PlanRefused` or `PlanError` where the plan had to be read.
 *
 * **Example** (Looking at a purge that runs elsewhere)
 *
 * ```ts
 * import { purgeStatus } from "@powerdrill-sessions/promise/purge"
 *
 * const { counts, state } = await purgeStatus("plan.jsonl")
 * console.log(`${state}: ${counts.deleted} of ${counts.planned} deleted, ${counts.unknown} in doubt`)
 * ```
 *
 * @category controlling
 * @since 0.1.0
 */
export const purgeStatus = (planPath: string): Promise<PurgeStatus> => run(planPath, standing(planPath))

/**
 * Has the purge of a plan wait before its next call, until `resumePurge`. Calls under way come to their end.
 *
 * **Details**
 *
 * Resolves when the ledger has it; the purge looks there before each call. Where no process is at it, the next one waits. Rejects
 * with `LedgerError`, where there is no ledger with the problem `missing`.
 *
 * @category controlling
 * @since 0.1.0
 */
export const pausePurge = (planPath: string, options?: ControlOptions): Promise<void> =>
  tell(planPath, "pause", options)

/**
 * Has a purge go on that was paused, and lets one begin again that was cancelled. It starts none.
 *
 * @category controlling
 * @since 0.1.0
 */
export const resumePurge = (planPath: string, options?: ControlOptions): Promise<void> => tell(planPath, "go", options)

/**
 * Ends the purge of a plan: no call is begun any more, by any process, until `resumePurge`. Calls under way come to their
 * end.
 *
 * **Gotchas**
 *
 * What was deleted stays deleted.
 *
 * @category controlling
 * @since 0.1.0
 */
export const cancelPurge = (planPath: string, options?: ControlOptions): Promise<void> =>
  tell(planPath, "cancel", options)

/**
 * Reads all of a ledger, computes every hash again, and compares it with what the ledger says of each session.
 *
 * **Details**
 *
 * Resolves to how many entries there are, and the hash of the last one: whoever has noted that elsewhere knows by it that
 * nothing was changed since. Rejects with `LedgerError`: `altered` where it is not as it was written.
 *
 * **Example** (After a run)
 *
 * ```ts
 * import { verifyLedger } from "@powerdrill-sessions/promise/purge"
 *
 * const { entries, hash } = await verifyLedger("plan.jsonl")
 * console.log(`${entries} entries, the last one with the hash ${hash}`)
 * ```
 *
 * @category controlling
 * @since 0.1.0
 */
export const verifyLedger = (planPath: string): Promise<{ readonly entries: number; readonly hash: string }> =>
  run(
    planPath,
    Effect.gen(function* () {
      const ledger = yield* Core.Ledger
      // Nobody writes while it is read.
      yield* Core.LedgerFile.lock(Core.LedgerFile.pathOf(planPath), { reading: true })
      return yield* ledger.verify
    }).pipe(Effect.scoped, attachedTo(planPath))
  )

const tell = async (planPath: string, command: "go" | "pause" | "cancel", options: ControlOptions = {}) => {
  checkControlOptions(options, callSite())
  const { by = Core.LedgerFile.thisProcess() } = options
  await run(planPath, attachedTo(planPath)(Core.Ledger.use((ledger) => ledger.tell(command, by))))
}

const attachedTo =
  (planPath: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, Core.LedgerFile.layerAttached(planPath))

const run = async <A>(planPath: string, effect: Effect.Effect<A, Error, FileSystem.FileSystem>): Promise<A> => {
  const site = callSite()
  requirePath(planPath, site)
  return settle(Effect.provide(effect, NodeFileSystem.layer), { site })
}

/** From the ledger, or where there is none yet from the plan. */
const standing = Effect.fnUntraced(function* (planPath: string) {
  return (yield* Core.PurgeStatus.read(planPath)) ?? Core.PurgeStatus.ofPlan(yield* Core.Plan.open(planPath))
})
