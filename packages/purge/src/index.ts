/**
 * Deleting many Powerdrill sessions, and being able to prove what became of each.
 *
 * @since 0.1.0
 */
export * as Plan from "./Plan.ts"
export * from "./PlanEntry.ts"
export * as Selection from "./Selection.ts"
export * as SqliteClient from "./SqliteClient.ts"
