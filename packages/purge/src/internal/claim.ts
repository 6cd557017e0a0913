/**
 * One at a time works by a ledger: two would send the same, and take each other's answers for their own.
 */
import { Effect, type Scope } from "effect"
import { Ledger } from "../Ledger.ts"
import { LedgerError } from "../LedgerError.ts"

const claimed = new WeakSet<Ledger["Service"]>()

/** For as long as the scope is open. Against other processes there is the lock. */
export const claim: Effect.Effect<void, LedgerError, Ledger | Scope.Scope> = Effect.gen(function* () {
  const ledger = yield* Ledger
  const detail = "This program purges, or verifies, by this ledger already."
  yield* Effect.acquireRelease(
    Effect.suspend(() =>
      claimed.has(ledger)
        ? Effect.fail(new LedgerError({ problem: "held", detail }))
        : Effect.sync(() => claimed.add(ledger))
    ),
    () => Effect.sync(() => claimed.delete(ledger))
  )
})
