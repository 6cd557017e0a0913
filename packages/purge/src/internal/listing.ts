/**
 * The ids of one user's sessions, in a temporary table: a user may have any number of them.
 */
import { Array as Arr, Effect, type Scope, Stream } from "effect"
import type { LedgerError } from "../LedgerError.ts"
import { problemOf } from "./problemOf.ts"
import { makeTemporary } from "./temporary.ts"

export interface Listing {
  /** Forgets what it has, and takes these. */
  readonly fill: <E, R>(ids: Stream.Stream<string, E, R>) => Effect.Effect<void, E | LedgerError, R>
  /** Which of these are there. */
  readonly among: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, LedgerError>
}

const perStatement = 500

export const make = Effect.fnUntraced(function* (): Effect.fn.Return<Listing, LedgerError, Scope.Scope> {
  const sql = yield* Effect.mapError(makeTemporary, problemOf)
  yield* Effect.mapError(sql`CREATE TEMP TABLE listing (id TEXT PRIMARY KEY) WITHOUT ROWID`, problemOf)
  const add = (ids: Arr.NonEmptyReadonlyArray<string>) =>
    Effect.mapError(sql`INSERT OR IGNORE INTO listing ${sql.insert(Arr.map(ids, (id) => ({ id })))}`, problemOf)
  return {
    fill: (ids) =>
      Effect.andThen(
        Effect.mapError(sql`DELETE FROM listing`, problemOf),
        Stream.runForEach(Stream.grouped(ids, perStatement), add)
      ),
    among: (ids) =>
      Effect.map(
        Effect.mapError(sql<{ id: string }>`SELECT id FROM listing WHERE ${sql.in("id", ids)}`, problemOf),
        (rows) => new Set(rows.map(({ id }) => id))
      )
  }
})
