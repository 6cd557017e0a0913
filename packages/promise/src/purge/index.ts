/**
 * Deleting many sessions with promises, and being able to prove what became of each. It is an entry of its own, so that
 * those who delete one session load no database.
 *
 * @since 0.1.0
 */
export * from "./Ledger.ts"
export * from "./Plan.ts"
export * from "./Purge.ts"
export * from "./PurgeError.ts"
export * from "./PurgeEvent.ts"
export * from "./Report.ts"
export * from "./Verification.ts"
