/**
 * A database whose temporary tables may be of any size: SQLite keeps them in files of its own, which have no name and are
 * gone with it. The database itself is in memory, and stays empty: a runtime that asks for permissions has no name of a
 * file to ask for.
 */
import { Effect, type Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlClient, SqlError } from "effect/sql"
import * as SqliteClient from "../SqliteClient.ts"

export const makeTemporary: Effect.Effect<SqlClient.SqlClient, SqlError.SqlError, Scope.Scope> = Effect.tap(
  Effect.provide(SqliteClient.make({ filename: ":memory:" }), Reactivity.layer),
  (sql) => sql`PRAGMA temp_store = FILE`
)
