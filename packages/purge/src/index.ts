/**
 * Deleting many Powerdrill sessions, and being able to prove what became of each.
 *
 * @since 0.1.0
 */
export * as Report from "./Report.ts"
export * as SqliteClient from "./SqliteClient.ts"
export * as Timeline from "./Timeline.ts"
