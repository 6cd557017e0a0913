/**
 * Adds entries to a ledger, one after the other, so that each is on the disk before its writer goes on.
 *
 * What waits is written together: a disk takes as long for one entry as for a hundred.
 */
import { Deferred, Effect, Exit, Option, Semaphore } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { decode, encode, follow, genesis, type Head, type LedgerEntry } from "../LedgerEntry.ts"
import { LedgerError } from "../LedgerError.ts"
import { known } from "./known.ts"
import { problemOf } from "./problemOf.ts"
import { rowsOf } from "./rows.ts"
import { EntryRow } from "./tables.ts"

type About = Extract<LedgerEntry, { readonly n: number }>

export interface Journal {
  /** Succeeds when the entry is on the disk. Once that has failed, nothing is added any more. */
  readonly append: (entry: LedgerEntry) => Effect.Effect<void, LedgerError>
}

/** Where the ledger ends. */
export const headOf = (sql: SqlClient.SqlClient): Effect.Effect<Head, LedgerError> =>
  Effect.map(rowsOf(EntryRow)(sql`SELECT entry, body, hash FROM entries ORDER BY entry DESC LIMIT 1`), ([last]) =>
    last === undefined ? genesis : { entries: last.entry, hash: last.hash }
  )

export const make = Effect.fnUntraced(function* (): Effect.fn.Return<Journal, never, SqlClient.SqlClient> {
  const sql = yield* SqlClient.SqlClient
  const writing = yield* Semaphore.make(1)
  const waiting: Array<{ readonly entry: LedgerEntry; readonly done: Deferred.Deferred<void, LedgerError> }> = []
  let broken: Exit.Exit<void, LedgerError> | undefined
  // The run that writes here, once it has begun. When another one begins, by whatever oversight, this one is over.
  let begun: number | undefined
  const isOurs = () => (begun === undefined ? sql`1 = 1` : sql`EXISTS (SELECT 1 FROM run WHERE begun_entry = ${begun})`)

  /** The row of a request repeats what is known of it, and lets nothing be sent after a final outcome. */
  const note = (entry: LedgerEntry, number: number) => {
    switch (entry.kind) {
      case "plan":
        return Effect.void
      case "begun":
        begun = number
        return sql`UPDATE run SET begun_entry = ${number}, ended_entry = NULL`
      case "ended":
        return sql`UPDATE run SET ended_entry = ${number}`
      case "reading": {
        const reading = seen(entry, sql`reading`, sql`${entry.reading}`)
        const readingEntry = seen(entry, sql`reading_entry`, sql`${number}`)
        const update = sql`UPDATE requests SET reading = ${reading}, reading_entry = ${readingEntry}`
        return changeOne(entry, update, sql`1 = 1`)
      }
      case "intent":
        return changeOne(
          entry,
          sql`UPDATE requests SET ${sql.update(known(entry, number))}`,
          sql`final = 0 AND ${isOurs()}`
        )
      case "outcome":
        return changeOne(
          entry,
          sql`UPDATE requests SET ${sql.update(known(entry, number))}`,
          sql`state = 'intended' AND ${isOurs()}`
        )
    }
  }

  /** What was seen clearly since the last outcome is not hidden by a look that failed. */
  const seen = (entry: About, before: Statement.Fragment, now: Statement.Fragment) =>
    entry.kind === "reading" && entry.reading === "unclear"
      ? sql`CASE WHEN reading <> 'unclear' AND reading_entry > COALESCE(entry, 0) THEN ${before} ELSE ${now} END`
      : now

  const changeOne = (entry: About, update: Statement.Fragment, from: Statement.Fragment) =>
    sql`${update} WHERE ${sql.and([
      sql`n = ${entry.n}`,
      sql`user_id = ${entry.userId}`,
      sql`session_id = ${entry.sessionId}`,
      from
    ])} RETURNING n`.pipe(
      Effect.filterOrFail(
        (rows) => rows.length === 1,
        () =>
          new LedgerError({
            problem: "held",
            detail: `The ledger takes no ${entry.kind} for request ${entry.n}: it has an outcome, or another run has begun.`
          })
      )
    )

  const write = (entries: ReadonlyArray<LedgerEntry>) =>
    Effect.gen(function* () {
      let head = yield* headOf(sql)
      for (const entry of entries) {
        const body = encode(entry)
        // What could not be read again would make the whole ledger unreadable.
        if (Option.isNone(decode(body))) return yield* unwritable(entry)
        head = follow(head, body)
        yield* sql`INSERT INTO entries ${sql.insert({ entry: head.entries, body, hash: head.hash })}`
        yield* note(entry, head.entries)
      }
    }).pipe(
      sql.withTransaction,
      Effect.catchTag("SqlError", (error) => Effect.fail(problemOf(error))),
      // A rollback that fails, too, is a defect.
      Effect.catchDefect((defect) =>
        Effect.fail(
          new LedgerError({
            problem: "unavailable",
            detail: `The ledger's database does not do what it is asked. It says: ${String(defect)}`
          })
        )
      )
    )

  const flush = Effect.fnUntraced(function* (own: Deferred.Deferred<void, LedgerError>) {
    // Written with another one's. What has come since waits for its own turn, and others join it.
    if (Deferred.isDoneUnsafe(own)) return
    const batch = waiting.splice(0)
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
          yield* writing.withPermit(flush(done))
          yield* Deferred.await(done)
        })
      )
  }
})

const unwritable = ({ kind }: LedgerEntry) =>
  new LedgerError({
    problem: "unavailable",
    detail: `An entry of the kind ${kind} has a value that no ledger can keep.`
  })
