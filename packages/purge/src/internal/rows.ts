/**
 * Rows of a ledger, as their schema says they are.
 */
import { Effect, Schema } from "effect"
import type { SqlError, Statement } from "effect/sql"
import { LedgerError } from "../LedgerError.ts"
import { problemOf } from "./problemOf.ts"

/** What a statement gives; a row of another form is one that no purge has written. */
export const rowsOf = <A>(schema: Schema.Codec<A, unknown>) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(schema))
  return (statement: Statement.Statement<unknown> | Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>) =>
    Effect.flatMap(statement, decode).pipe(
      Effect.catchTags({
        SqlError: (error) => Effect.fail(problemOf(error)),
        SchemaError: () => Effect.fail(altered("A row of the ledger is not as a purge writes it."))
      })
    )
}

export const altered = (detail: string, entry?: number): LedgerError =>
  new LedgerError({ problem: "altered", detail, ...(entry === undefined ? undefined : { entry }) })
