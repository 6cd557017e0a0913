/**
 * How a purge stands, seen from outside: from its ledger, and from whether a process holds it.
 *
 * @since 0.1.0
 */
import { Ledger, type LedgerError, LedgerFile, type Plan } from "@powerdrill-sessions/purge"
import { DateTime, Effect, FileSystem } from "effect"
import * as Line from "./Line.ts"
import * as Progress from "./Progress.ts"

/**
 * One object of the output of `status --json`. Every field is there in every object; what is not known is `null`.
 *
 * @since 0.1.0
 */
export interface Standing {
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
  /** Why the last run ended, where it did: `finished`, `halted`, `cancelled`, `unauthorized`, `failures`, `vetoed`. */
  readonly reason: string | null
  /** The same as a sentence, where there is one. */
  readonly message: string | null
  readonly plan: Ledger.Planned
  readonly counts: Ledger.Counts
}

/**
 * Reads how the purge of a plan stands; `undefined` where there is no ledger.
 *
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  planPath: string
): Effect.fn.Return<Standing | undefined, LedgerError, FileSystem.FileSystem> {
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
  const told = { by: toldBy ?? null, since: toldAt ?? null }
  const standing = (state: Standing["state"], by: string | undefined, since: string | undefined): Standing => ({
    state,
    by: by ?? null,
    since: since ?? null,
    ...facts
  })
  if (command === "cancel") return { state: "cancelled", ...told, ...facts } satisfies Standing
  // A process that only reads names no holder.
  if (isHeld && holder !== undefined) {
    return command === "pause"
      ? ({ state: "paused", ...told, ...facts } satisfies Standing)
      : standing("running", holder, heldSince)
  }
  if (begun === undefined) return standing("not-begun", undefined, undefined)
  if (command === "pause") return { state: "paused", ...told, ...facts } satisfies Standing
  return ended === undefined ? standing("cut-off", begun.by, begun.at) : standing("ended", begun.by, ended.at)
})

/** Whether a process holds the lock of a ledger. */
const holds = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  // Taking the lock would make its file.
  if (!(yield* isThere(fs, `${path}-lock`))) return false
  return yield* Effect.scoped(LedgerFile.lock(path)).pipe(
    Effect.as(false),
    Effect.catchIf(
      ({ problem }) => problem === "held",
      () => Effect.succeed(true)
    )
  )
})

/**
 * The same for people.
 *
 * @since 0.1.0
 */
export const toText = (standing: Standing): string =>
  `${sentence(standing)}\n${Progress.sum(standing.counts)}\n` +
  `Plan ${standing.plan.digest.slice(0, 8)} of ${standing.plan.baseUrl}: ${Line.visible(standing.plan.selection)}`

const sentence = ({ by, isHeld, message, reason, since, state }: Standing): string => {
  const who = `${by === null ? "somebody" : Line.visible(by)}${since === null ? "" : ` since ${since}`}`
  const end = message === null ? "" : ` ${Line.visible(message)}`
  switch (state) {
    case "not-begun":
      return "Not begun."
    case "running":
      return `Running: ${who}.`
    case "paused":
      return `Paused by ${who}. ${isHeld ? "`resume` lets it go on." : "No process is at it; the next one waits until `resume`."}`
    case "cancelled":
      return `Cancelled by ${who}. ${isHeld ? "Calls under way come to their end." : "`resume` takes that back."}`
    case "cut-off":
      return `Cut off: begun by ${who}, and ended without a word. Run \`purge\` again: it is safe.`
    case "ended":
      return reason === "finished" ? `Finished at ${since}.` : `Ended at ${since}: ${reason}.${end}`
  }
}

/**
 * How a plan stands that has no ledger yet.
 *
 * @since 0.1.0
 */
export const ofPlan = ({ header }: Plan.Plan): Standing => ({
  state: "not-begun",
  isHeld: false,
  by: null,
  since: null,
  reason: null,
  message: null,
  plan: { ...header, selectedAt: DateTime.formatIso(header.selectedAt) },
  counts: {
    planned: header.count,
    deleted: 0,
    notDeleted: 0,
    unknown: 0,
    vetoed: 0,
    unprocessed: header.count,
    byDisposition: { deleted: 0, "absent-after-unknown": 0, "already-absent": 0 },
    byError: {}
  }
})
