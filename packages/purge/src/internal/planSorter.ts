/**
 * Puts the entries of a plan in order, each once, in temporary tables.
 */
import { Effect, type Scope, type Stream } from "effect"
import type { SqlError } from "effect/sql"
import type { PlanEntry } from "../PlanEntry.ts"
import { entryRest } from "./planLine.ts"
import { makeTemporary } from "./temporary.ts"

export interface PlanSorter {
  /** Of entries with the same ids, the first counts. */
  readonly add: (entries: ReadonlyArray<PlanEntry>) => Effect.Effect<unknown, SqlError.SqlError>
  /** When all have been added; it holds the thread for two seconds with a million. */
  readonly sort: Effect.Effect<unknown, SqlError.SqlError>
  /** By user id and session id, in the order of their bytes in UTF-8. */
  readonly sorted: Stream.Stream<Row, SqlError.SqlError>
}

export interface Row {
  readonly userId: string
  readonly sessionId: string
  /** What its line says after `n`. */
  readonly rest: string
}

export const make = Effect.fnUntraced(function* (): Effect.fn.Return<PlanSorter, SqlError.SqlError, Scope.Scope> {
  const sql = yield* makeTemporary
  yield* sql`CREATE TEMP TABLE given (userId TEXT, sessionId TEXT, rest TEXT)`
  return {
    add: (entries) =>
      sql`INSERT INTO given
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${JSON.stringify(entries.map(toRow))})`,
    // With `min`, the other columns are those of the row that has it.
    sort: sql`CREATE TEMP TABLE sorted AS
      SELECT userId, sessionId, rest, min(rowid) FROM given GROUP BY userId, sessionId ORDER BY userId, sessionId`,
    sorted: sql<Row>`SELECT userId, sessionId, rest FROM sorted ORDER BY rowid`.stream
  }
})

const toRow = (entry: PlanEntry) => [entry.userId, entry.sessionId, entryRest(entry)]
