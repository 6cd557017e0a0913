/**
 * Deleting many Powerdrill sessions, and being able to prove what became of each.
 *
 * @since 0.1.0
 */
export * from "./Ledger.ts"
export * as LedgerEntry from "./LedgerEntry.ts"
export * from "./LedgerError.ts"
export * as LedgerFile from "./LedgerFile.ts"
export { isFinal, Outcome } from "./Outcome.ts"
export * as Plan from "./Plan.ts"
export * from "./PlanEntry.ts"
export * as Purge from "./Purge.ts"
export * from "./PurgeEvent.ts"
export * as PurgeStatus from "./PurgeStatus.ts"
export * as Report from "./Report.ts"
export * as Selection from "./Selection.ts"
export * as SqliteClient from "./SqliteClient.ts"
export * as Timeline from "./Timeline.ts"
export * as Verification from "./Verification.ts"
