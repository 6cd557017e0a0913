/**
 * A `SqlClient` over `node:sqlite`, which Node, Bun and Deno bring along: one connection, one statement at a time, each
 * commit on the disk before it is reported.
 *
 * There is no released driver for this version of Effect. What is here is what a ledger needs of one, behind the
 * driver's interface, so that a released one can take its place.
 *
 * @since 0.1.0
 */
import { Effect, Layer, type Scope, Semaphore, Stream } from "effect"
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
 * **Gotchas**
 *
 * Statements run on the caller's thread, and hold it as long as they take.
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
  const attempt = <A>(operation: string, evaluate: () => A) =>
    Effect.try({
      try: evaluate,
      catch: (cause) =>
        new SqlError.SqlError({
          reason: SqlError.classifySqliteError(cause, { message: messageOf(cause), operation })
        })
    })
  const db = yield* Effect.acquireRelease(
    attempt("open", () => {
      const db = new DatabaseSync(options.filename, { readOnly: options.readonly ?? false })
      db.exec(`PRAGMA busy_timeout = ${options.busyTimeout ?? 10_000}`)
      if (options.readonly !== true) db.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
      return db
    }),
    (db) => Effect.sync(() => db.close())
  )

  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    if (prepared.size < mostPrepared) prepared.set(sql, statement)
    return statement
  }
  const all = (sql: string, params: ReadonlyArray<unknown>) =>
    attempt("execute", () => prepare(sql).all(...toInput(params)))

  return {
    isTransaction: () => db.isTransaction,
    execute: (sql, params) => all(sql, params),
    executeRaw: (sql, params) => all(sql, params),
    executeUnprepared: (sql, params) => attempt("execute", () => db.prepare(sql).all(...toInput(params))),
    executeValues: (sql, params) => Effect.map(all(sql, params), (rows) => rows.map((row) => Object.values(row))),
    executeValuesUnprepared: (sql, params) =>
      Effect.map(
        attempt("execute", () => db.prepare(sql).all(...toInput(params))),
        (rows) => rows.map((row) => Object.values(row))
      ),
    executeStream: (sql, params) =>
      Stream.unwrap(
        Effect.map(
          attempt("stream", () => db.prepare(sql).iterate(...toInput(params))),
          (rows) => Stream.fromIterable(rows)
        )
      )
  }
})

/** Programs have a handful of statements; one that makes them up keeps no more than these. */
const mostPrepared = 64

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

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
