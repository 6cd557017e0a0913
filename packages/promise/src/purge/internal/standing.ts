/**
 * How a purge stands, seen from outside: from its ledger, and from whether a process holds it.
 */
import { Ledger, LedgerFile, Plan } from "@powerdrill-sessions/purge"
import { DateTime, Effect, FileSystem } from "effect"
import type { PurgeStatus } from "../Ledger.ts"

/** @internal */
export const readStanding = (planPath: string) =>
  readLedger(planPath).pipe(
    Effect.provide(LedgerFile.layerAttached(planPath)),
    Effect.catchIf(
      (error) => error._tag === "LedgerError" && error.problem === "missing",
      () => Effect.map(Plan.open(planPath), notBegun)
    )
  )

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
  const standing = (state: PurgeStatus["state"], by: string | undefined, since: string | undefined): PurgeStatus => ({
    state,
    by: by ?? null,
    since: since ?? null,
    ...facts
  })

  if (command === "cancel") return standing("cancelled", toldBy, toldAt)
  if (!isHeld && begun === undefined) return standing("not-begun", undefined, undefined)
  if (command === "pause") return standing("paused", toldBy, toldAt)
  if (begun === undefined || isHeld) return standing("running", holder ?? begun?.by, heldSince ?? begun?.at)
  return ended === undefined ? standing("cut-off", begun.by, begun.at) : standing("ended", begun.by, ended.at)
})

/** Whether a process holds the lock of a ledger. */
const holds = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  // Taking the lock would make its file.
  if (!(yield* Effect.orElseSucceed(fs.exists(`${path}-lock`), () => false))) return false
  return yield* Effect.scoped(LedgerFile.lock(path)).pipe(
    Effect.as(false),
    Effect.catchIf(
      ({ problem }) => problem === "held",
      () => Effect.succeed(true)
    )
  )
})

const notBegun = ({ header: { baseUrl, count, digest, kept, selectedAt, selection } }: Plan.Plan): PurgeStatus => ({
  state: "not-begun",
  isHeld: false,
  by: null,
  since: null,
  reason: null,
  message: null,
  plan: { baseUrl, selectedAt: DateTime.formatIso(selectedAt), selection, count, kept, digest },
  counts: {
    planned: count,
    deleted: 0,
    notDeleted: 0,
    unknown: 0,
    vetoed: 0,
    unprocessed: count,
    byDisposition: {},
    byError: {}
  }
})
