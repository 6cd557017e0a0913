/**
 * What `ledger verify` does.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import { exitOnSignal } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* ({ plan }: { readonly plan: string }) {
  const output = yield* Output
  const { entries, hash } = yield* Effect.gen(function* () {
    const ledger = yield* Ledger
    // Nobody writes while it is read.
    yield* LedgerFile.lock(LedgerFile.pathOf(plan), { reading: true })
    const head = yield* ledger.verify
    yield* PlanFile.compare(plan)
    return head
  }).pipe(
    Effect.scoped,
    Effect.provide(LedgerFile.layerAttached(plan)),
    Effect.catchTag("LedgerError", (error) => PlanFile.toExit(error)),
    Effect.raceFirst(exitOnSignal("Interrupted: the ledger was not read to its end."))
  )
  yield* output.text(`${entries} entries, as they were written. The last one has the hash ${hash}`)
})
