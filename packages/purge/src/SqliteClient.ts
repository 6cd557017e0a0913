/**
 * A `SqlClient` over `node:sqlite`, which Node, Bun and Deno bring along: one connection, one statement at a time, each
 * commit on the disk before it is reported.
 *
 * There is no released driver for this version of Effect. What is here is what a ledger needs of one, behind the
 * driver's interface, so that a released one can take its place.
 *
 * @since 0.1.0
 */
import { Array as Arr, Cause, Effect, Layer, Predicate, type Scope, Semaphore, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError, Statement } from "effect/sql"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

/**
 * Which database, and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqliteOptions {
  /** The file; it is made where there is none. `""` is a database of its own in a temporary file. */
  readonly filename: string
  /** Nothing is made or written. Default: false. */
  readonly readonly?: boolean | undefined
  /** How long a statement waits for another process, in milliseconds. Default: 10,000. */
  readonly busyTimeout?: number | undefined
}

/**
 * Opens a database, and closes it with the scope.
 *
 * **Details**
 *
 * Commits are durable: the journal is a rollback journal, written through to the disk with each commit
 * (`journal_mode = TRUNCATE`, `synchronous = FULL`). After a commit all of it is in the one file.
 *
 * The reason of an `SqlError` is `LockTimeoutError` where another connection holds the database for longer than
 * `busyTimeout`, `ConnectionError` where it cannot be opened, `UniqueViolation` and `ConstraintError` for constraints, and
 * else `UnknownError`, with SQLite's message and its code as `errno` of the cause. The reasons are the same on Node, Bun
 * and Deno. With `SqlClient.SafeIntegers`, integers are read as `bigint`; without, one beyond 2^53 is an `SqlError`.
 *
 * **Gotchas**
 *
 * - Statements run on the caller's thread, and hold it as long as they take, or wait for a lock.
 * - A stream keeps the connection until it ends: within a transaction do not change what it reads.
 * - On Deno, text that has a NUL is read up to there, and `SELECT *` can miss a column that another process has added.
 *
 * **Example**
 *
 * ```ts
 * import { SqliteClient } from "@powerdrill-sessions/purge"
 * import { Effect } from "effect"
 * import { SqlClient } from "effect/sql"
 *
 * const program = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* sql`CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL)`
 *   yield* sql.withTransaction(sql`INSERT INTO notes ${sql.insert({ text: "kept" })}`)
 * }).pipe(Effect.provide(SqliteClient.layer({ filename: "notes.sqlite" })))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: SqliteOptions
): Effect.fn.Return<SqlClient.SqlClient, SqlError.SqlError, Scope.Scope | Reactivity.Reactivity> {
  const connection = yield* connect(options)
  const { acquirer, borrower, isTransaction, onCommitFailure, transactionAcquirer } = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore: yield* Semaphore.make(1),
    isTransaction: () => connection.isTransaction()
  })
  return yield* SqlClient.make({
    acquirer,
    borrower,
    isTransaction,
    onCommitFailure,
    transactionAcquirer,
    compiler: Statement.makeCompilerSqlite(),
    driver: "node:sqlite",
    // A transaction that begins as a reader can find that it may not write.
    beginTransaction: "BEGIN IMMEDIATE",
    prepareTransactionControls: true,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * The same, as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

interface SqliteConnection extends SqlConnection.Connection {
  readonly isTransaction: () => boolean
}

const connect = Effect.fnUntraced(function* (
  options: SqliteOptions
): Effect.fn.Return<SqliteConnection, SqlError.SqlError, Scope.Scope> {
  const db = yield* Effect.acquireRelease(
    attempt("open", () => open(options)),
    (db) => Effect.sync(() => db.close())
  )
  const tellsErrors = yield* attempt("open", () => iteratorsTellErrors(db))

  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    if (prepared.size < mostPrepared) prepared.set(sql, statement)
    return statement
  }

  const run = (
    sql: string,
    params: ReadonlyArray<unknown>,
    how: { readonly fresh?: boolean; readonly values?: boolean }
  ) =>
    Effect.flatMap(SqlClient.SafeIntegers, (bigints) =>
      attempt("execute", () => {
        const statement = how.fresh === true ? db.prepare(sql) : prepare(sql)
        statement.setReturnArrays(how.values === true)
        statement.setReadBigInts(bigints)
        const rows = statement.all(...toInput(params))
        // On Deno, a prepared statement keeps the columns that it had at first.
        if (/^\s*(?:ALTER|CREATE|DROP)\b/i.test(sql)) prepared.clear()
        return rows
      })
    )
  const values = (sql: string, params: ReadonlyArray<unknown>, fresh: boolean) =>
    // With `setReturnArrays` they are arrays already, which the types of `node:sqlite` do not know.
    Effect.map(run(sql, params, { fresh, values: true }), (rows) => rows.map((row) => Object.values(row)))

  const iterate = Effect.fnUntraced(function* (sql: string, params: ReadonlyArray<unknown>) {
    const bigints = yield* SqlClient.SafeIntegers
    const { expected, rows } = yield* Effect.acquireRelease(
      attempt("stream", () => {
        const input = toInput(params)
        const statement = db.prepare(sql)
        statement.setReadBigInts(bigints)
        return tellsErrors ? toCursor(statement.iterate(...input)) : countedCursor(db, sql, statement, input)
      }),
      ({ close }) => Effect.sync(close)
    )
    let seen = 0
    return attempt("stream", () => {
      const some: Array<unknown> = []
      while (some.length < rowsAtOnce) {
        const next = rows.next()
        if (next.done === true) break
        some.push(next.value)
      }
      seen += some.length
      if (some.length === 0 && expected !== undefined && seen !== expected) {
        throw new Error(`${seen} of ${expected} rows could be read`)
      }
      return some
    }).pipe(Effect.flatMap((some) => (Arr.isArrayNonEmpty(some) ? Effect.succeed(some) : Cause.done())))
  })

  return {
    isTransaction: () => db.isTransaction,
    execute: (sql, params) => run(sql, params, {}),
    executeRaw: (sql, params) => run(sql, params, {}),
    executeUnprepared: (sql, params) => run(sql, params, { fresh: true }),
    executeValues: (sql, params) => values(sql, params, false),
    executeValuesUnprepared: (sql, params) => values(sql, params, true),
    executeStream: (sql, params) => Stream.scoped(Stream.fromPull(iterate(sql, params)))
  }
})

const open = ({ busyTimeout = 10_000, filename, readonly = false }: SqliteOptions) => {
  const db = new DatabaseSync(filename, { readOnly: readonly })
  try {
    db.exec(`PRAGMA busy_timeout = ${busyTimeout}`)
    if (!readonly) db.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}

/** On Deno, an iterator whose statement fails looks as if it had come to its end. */
const iteratorsTellErrors = (db: DatabaseSync) => {
  try {
    db.prepare("SELECT abs(-9223372036854775807 - 1)").iterate().next()
    return false
  } catch {
    return true
  }
}

interface Cursor {
  readonly rows: Iterator<unknown>
  /** How many rows there are, if that must be known. */
  readonly expected?: number | undefined
  /** One that is left open holds its locks. */
  readonly close: () => void
}

const toCursor = (rows: Iterator<unknown>): Cursor => ({ rows, close: () => void rows.return?.() })

/** Where the end of an iterator cannot be trusted, rows are counted before, in the same transaction. */
const countedCursor = (
  db: DatabaseSync,
  sql: string,
  statement: StatementSync,
  input: ReadonlyArray<SQLInputValue>
): Cursor => {
  const begins = !db.isTransaction
  let counting: StatementSync
  try {
    counting = db.prepare(`SELECT count(*) AS count FROM (${sql}\n)`)
  } catch {
    // It is no query, but a statement that gives back what it has written.
    return toCursor(statement.all(...input).values())
  }
  if (begins) db.exec("BEGIN")
  const end = () => {
    if (begins && db.isTransaction) db.exec("ROLLBACK")
  }
  try {
    const expected = Number(counting.get(...input)?.["count"])
    const { close, rows } = toCursor(statement.iterate(...input))
    return {
      rows,
      expected,
      close: () => {
        close()
        end()
      }
    }
  } catch (cause) {
    end()
    throw cause
  }
}

/** Programs have a handful of statements; one that makes them up keeps no more than these. */
const mostPrepared = 64

const rowsAtOnce = 512

const attempt = <A>(operation: string, evaluate: () => A) =>
  Effect.try({ try: evaluate, catch: (cause) => toSqlError(operation, cause) })

const toSqlError = (operation: string, cause: unknown) => {
  const message = cause instanceof Error ? cause.message : String(cause)
  // Where `effect` looks for the code; the runtimes have it elsewhere, or nowhere.
  if (cause instanceof Error) Object.assign(cause, { errno: codeOf(cause, message) })
  return new SqlError.SqlError({ reason: SqlError.classifySqliteError(cause, { message, operation }) })
}

const codeOf = (cause: Error, message: string): number | undefined =>
  Predicate.hasProperty(cause, "errcode") && Predicate.isNumber(cause.errcode)
    ? cause.errcode
    : codes.find(([words]) => words.test(message))?.[1]

/** SQLite's messages and their codes: Deno's errors do not always have one. */
const codes = [
  [/^UNIQUE constraint failed/, 2067],
  [/constraint failed/, 19],
  [/is locked/, 5],
  [/readonly database/, 8],
  [/disk I\/O error/, 10],
  [/is malformed$/, 11],
  [/disk is full/, 13],
  [/^unable to open database/, 14],
  [/^file is not a database/, 26]
] as const

const toInput = (params: ReadonlyArray<unknown>): ReadonlyArray<SQLInputValue> =>
  params.map((param) => {
    if (isInput(param)) return param
    if (typeof param === "boolean") return Number(param)
    throw new TypeError(`SQLite has no place for a value of type ${typeof param}`)
  })

const isInput = (param: unknown): param is SQLInputValue =>
  param === null ||
  typeof param === "string" ||
  typeof param === "number" ||
  typeof param === "bigint" ||
  param instanceof Uint8Array
