/**
 * How a purge stands, seen from outside: from its ledger, and from whether a process holds it.
 *
 * @since 0.1.0
 */
import { DateTime, Effect, FileSystem } from "effect"
import { noCounts } from "./internal/counting.ts"
import { Ledger } from "./Ledger.ts"
import type { EndReason } from "./LedgerEntry.ts"
import type { LedgerError } from "./LedgerError.ts"
import * as LedgerFile from "./LedgerFile.ts"
import type { Plan } from "./Plan.ts"

/**
 * How a purge stands. Every field is there; what is not known is `null`.
 *
 * **Details**
 *
 * - `not-begun`: nothing was sent.
 * - `running`: a process is at it.
 * - `paused`, `cancelled`: somebody has told it so, whether or not a process is still at it; see `isHeld`.
 * - `cut-off`: the last run has ended without saying so.
 * - `ended`: `reason` says why.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeStatus {
  readonly state: "not-begun" | "running" | "paused" | "cancelled" | "cut-off" | "ended"
  /** Whether a process has the ledger now. */
  readonly isHeld: boolean
  /** Who purges by it, or did so last; who has paused or cancelled it. */
  readonly by: string | null
  /** Since when. ISO 8601, UTC. */
  readonly since: string | null
  /** Why the last run ended, where it did. */
  readonly reason: EndReason | null
  /** The same as a sentence, where there is one. */
  readonly message: string | null
  readonly plan: Ledger.Planned
  readonly counts: Ledger.Counts
}

/**
 * How a plan stands that has no ledger yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofPlan = ({ header }: Plan): PurgeStatus => ({
  state: "not-begun",
  isHeld: false,
  by: null,
  since: null,
  reason: null,
  message: null,
  plan: { ...header, selectedAt: DateTime.formatIso(header.selectedAt) },
  counts: { ...noCounts, planned: header.count, unprocessed: header.count }
})

/**
 * Reads how the purge of a plan stands, and changes nothing; `undefined` where there is no ledger yet.
 *
 * @category running
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  planPath: string
): Effect.fn.Return<PurgeStatus | undefined, LedgerError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* isThere(fs, LedgerFile.pathOf(planPath)))) return undefined
  return yield* Effect.provide(readLedger(planPath), LedgerFile.layerAttached(planPath))
})

const isThere = (fs: FileSystem.FileSystem, path: string) => Effect.orElseSucceed(fs.exists(path), () => false)

const readLedger = Effect.fnUntraced(function* (planPath: string) {
  const ledger = yield* Ledger
  const isHeld = yield* holds(LedgerFile.pathOf(planPath))
  const { begun, command, ended, heldSince, holder, toldAt, toldBy } = yield* ledger.run
  const facts = {
    isHeld,
    reason: ended?.reason ?? null,
    message: ended?.message ?? null,
    plan: ledger.plan,
    counts: yield* ledger.counts
  }
  const status = (state: PurgeStatus["state"], by: string | undefined, since: string | undefined): PurgeStatus => ({
    state,
    by: by ?? null,
    since: since ?? null,
    ...facts
  })
  if (command === "cancel") return status("cancelled", toldBy, toldAt)
  const isRunning = isHeld && holder !== undefined
  if (command === "pause" && (isRunning || begun !== undefined)) return status("paused", toldBy, toldAt)
  if (isRunning) return status("running", holder, heldSince)
  if (begun === undefined) return status("not-begun", undefined, undefined)
  return ended === undefined ? status("cut-off", begun.by, begun.at) : status("ended", begun.by, ended.at)
})

/** Whether a process holds the lock of a ledger. */
const holds = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  // Taking the lock would make its file.
  if (!(yield* isThere(fs, `${path}-lock`))) return false
  return yield* Effect.scoped(LedgerFile.lock(path, { reading: true, patience: 0 })).pipe(
    Effect.as(false),
    Effect.catchIf(
      ({ problem }) => problem === "held",
      () => Effect.succeed(true)
    )
  )
})
