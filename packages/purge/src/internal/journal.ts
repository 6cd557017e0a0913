/**
 * Adds entries to a ledger, one after the other, so that each is on the disk before its writer goes on.
 *
 * What waits is written together: a disk takes as long for one entry as for a hundred.
 */
import { Deferred, Effect, Exit, Schema, Semaphore } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { encode, follow, genesis, type Head, type LedgerEntry } from "../LedgerEntry.ts"
import { LedgerError } from "../LedgerError.ts"
import { known } from "./known.ts"
import { problemOf } from "./problemOf.ts"
import { EntryRow } from "./tables.ts"

export interface Journal {
  /** Succeeds when the entry is on the disk. Once that has failed, nothing is added any more. */
  readonly append: (entry: LedgerEntry) => Effect.Effect<void, LedgerError>
}

/** Where the ledger ends. */
export const headOf = (sql: SqlClient.SqlClient): Effect.Effect<Head, SqlError.SqlError> =>
  Effect.map(
    sql`SELECT entry, body, hash FROM entries ORDER BY entry DESC LIMIT 1`.pipe(Effect.map(decodeEntries)),
    ([last]) => (last === undefined ? genesis : { entries: last.entry, hash: last.hash })
  )

const decodeEntries = Schema.decodeUnknownSync(Schema.Array(EntryRow))

export const make = Effect.fnUntraced(function* (): Effect.fn.Return<Journal, never, SqlClient.SqlClient> {
  const sql = yield* SqlClient.SqlClient
  const writing = yield* Semaphore.make(1)
  const waiting: Array<{ readonly entry: LedgerEntry; readonly done: Deferred.Deferred<void, LedgerError> }> = []
  let broken: Exit.Exit<void, LedgerError> | undefined

  /** The row of a request repeats what is known of it, and lets nothing be sent after a final outcome. */
  const note = (entry: LedgerEntry, number: number) => {
    switch (entry.kind) {
      case "plan":
        return Effect.void
      case "begun":
        return sql`UPDATE run SET begun_entry = ${number}, ended_entry = NULL`
      case "ended":
        return sql`UPDATE run SET ended_entry = ${number}`
      case "reading":
        return sql`UPDATE requests SET reading = ${entry.reading}, reading_entry = ${number} WHERE n = ${entry.n}`
      case "intent":
      case "outcome": {
        const from = entry.kind === "intent" ? sql`final = 0` : sql`state = 'intended'`
        return sql`UPDATE requests SET ${sql.update(known(entry, number))} WHERE ${sql.and([
          sql`n = ${entry.n}`,
          sql`user_id = ${entry.userId}`,
          sql`session_id = ${entry.sessionId}`,
          from
        ])} RETURNING n`.pipe(
          Effect.filterOrFail(
            (rows) => rows.length === 1,
            () =>
              new LedgerError({
                problem: "altered",
                detail: `The ledger takes no ${entry.kind} for request ${entry.n}: another process has written to it.`
              })
          )
        )
      }
    }
  }

  const write = (entries: ReadonlyArray<LedgerEntry>) =>
    Effect.gen(function* () {
      let head = yield* headOf(sql)
      for (const entry of entries) {
        const body = encode(entry)
        head = follow(head, body)
        yield* sql`INSERT INTO entries ${sql.insert({ entry: head.entries, body, hash: head.hash })}`
        yield* note(entry, head.entries)
      }
    }).pipe(
      sql.withTransaction,
      Effect.catchTag("SqlError", (error) => Effect.fail(problemOf(error)))
    )

  const flush = Effect.gen(function* () {
    const batch = waiting.splice(0)
    if (batch.length === 0) return
    const exit = broken ?? (yield* Effect.exit(write(batch.map(({ entry }) => entry))))
    if (Exit.isFailure(exit)) broken = exit
    for (const { done } of batch) Deferred.doneUnsafe(done, exit)
  })

  return {
    append: (entry) =>
      Effect.uninterruptible(
        Effect.gen(function* () {
          const done = Deferred.makeUnsafe<void, LedgerError>()
          waiting.push({ entry, done })
          // Whoever is as far lays his entry beside this one.
          yield* Effect.yieldNow
          yield* writing.withPermit(flush)
          yield* Deferred.await(done)
        })
      )
  }
})
