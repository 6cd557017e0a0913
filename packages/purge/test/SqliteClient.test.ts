/**
 * Statements, transactions, locks, streams and failures, on the runtime's own SQLite.
 */
import { assert, describe, it } from "@effect/vitest"
import { SqliteClient } from "@powerdrill-sessions/purge"
import { Deferred, Effect, Exit, Fiber, type Scope, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlError } from "effect/sql"
import { spawn } from "node:child_process"
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

describe("statements", () => {
  test("take parameters of every kind and give them back", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      const blob = Uint8Array.of(0, 255)
      const [row] =
        yield* sql`SELECT ${null} AS none, ${"ö\u2028'; --"} AS text, ${1.5} AS number, ${2} AS whole, ${12n} AS big,
        ${true} AS yes, ${blob} AS bytes`
      assert.deepStrictEqual(
        { ...row },
        {
          none: null,
          text: "ö\u2028'; --",
          number: 1.5,
          whole: 2,
          big: 12,
          yes: 1,
          bytes: blob
        }
      )
    }))

  test("a value that SQLite has no place for is a failure", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      const error = yield* Effect.flip(sql.unsafe("SELECT ?", [Symbol("x")]))
      assert.match(error.message, /SQLite has no place for a value of type symbol/)
      const streamed = yield* Effect.flip(Stream.runDrain(sql.unsafe("SELECT ?", [{}]).stream))
      assert.match(streamed.message, /SQLite has no place for a value of type object/)
    }))

  test("integers beyond 2^53 are a failure, and bigints where they are asked for", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      const big = sql<{ n: bigint }>`SELECT ${9_007_199_254_740_993n} AS n`
      assert.match((yield* Effect.flip(big)).message, /too large/)
      assert.match((yield* Effect.flip(Stream.runDrain(big.stream))).message, /too large|0 of 1 rows could be read/)
      const safely = Effect.provideService(SqlClient.SafeIntegers, true)
      assert.strictEqual((yield* safely(big))[0]?.n, 9_007_199_254_740_993n)
      assert.strictEqual(
        (yield* big.stream.pipe(Stream.provideService(SqlClient.SafeIntegers, true), Stream.runCollect))[0]?.n,
        9_007_199_254_740_993n
      )
      assert.deepStrictEqual((yield* sql<{ n: number }>`SELECT ${1n} AS n`)[0]?.n, 1)
    }))

  test("values keep columns of the same name apart, and do not change the rows of the same statement", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      const statement = sql`SELECT 1 AS a, 2 AS a, 3 AS b`
      for (let times = 0; times < 2; times++) {
        assert.deepStrictEqual(yield* statement.values, [[1, 2, 3]])
        assert.deepStrictEqual(yield* statement.valuesUnprepared, [[1, 2, 3]])
        assert.deepStrictEqual(
          (yield* statement).map((row) => ({ ...row })),
          [{ a: 2, b: 3 }]
        )
      }
    }))

  test("one that was prepared sees a table that has changed", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (a)`
      yield* sql`INSERT INTO t VALUES (1)`
      const rows = sql`SELECT * FROM t`
      assert.deepStrictEqual(
        (yield* rows).map((row) => ({ ...row })),
        [{ a: 1 }]
      )
      yield* sql`ALTER TABLE t ADD COLUMN b DEFAULT 2`
      assert.deepStrictEqual(
        (yield* rows).map((row) => ({ ...row })),
        [{ a: 1, b: 2 }]
      )
    }))

  test("more of them than are kept prepared", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      for (let n = 0; n < 200; n++) assert.deepStrictEqual(yield* sql.unsafe(`SELECT ${n}`).values, [[n]])
      for (let n = 0; n < 200; n++) assert.deepStrictEqual(yield* sql.unsafe(`SELECT ${n}`).values, [[n]])
    }))
})

describe("transactions", () => {
  test("commit together or not at all, and savepoints within", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (n)`
      const insert = (n: number) => sql`INSERT INTO t VALUES (${n})`
      yield* sql.withTransaction(Effect.all([insert(1), insert(2)]))
      yield* Effect.flip(sql.withTransaction(Effect.andThen(insert(3), Effect.fail("no"))))
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* insert(4)
          yield* Effect.flip(sql.withTransaction(Effect.andThen(insert(5), Effect.fail("no"))))
          yield* sql.withTransaction(insert(6))
        })
      )
      const fiber = yield* Effect.forkChild(sql.withTransaction(Effect.andThen(insert(7), Effect.never)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* sql`SELECT n FROM t ORDER BY n`.values, [[1], [2], [4], [6]])
      const other = yield* client({ filename, readonly: true })
      assert.deepStrictEqual(yield* other`SELECT count(*) FROM t`.values, [[4]])
    }))

  test("of fibers at the same time are one after the other", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (n)`
      yield* sql`INSERT INTO t VALUES (0)`
      const increment = sql.withTransaction(
        Effect.gen(function* () {
          const [row] = yield* sql<{ n: number }>`SELECT n FROM t`
          yield* Effect.yieldNow
          yield* sql`UPDATE t SET n = ${(row?.n ?? 0) + 1}`
        })
      )
      yield* Effect.all(
        Array.from({ length: 50 }, () => increment),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* sql`SELECT n FROM t`.values, [[50]])
    }))
})

describe("failures", () => {
  test("a constraint says which", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (n UNIQUE NOT NULL)`
      yield* sql`INSERT INTO t VALUES (1)`
      assert.deepStrictEqual(reasonOf(yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)), ["UniqueViolation", 2067])
      assert.strictEqual(reasonOf(yield* Effect.flip(sql`INSERT INTO t VALUES (NULL)`))[0], "ConstraintError")
      const error = yield* Effect.flip(sql`SELECT * FROM nowhere`)
      assert.strictEqual(error.reason._tag, "UnknownError")
      assert.strictEqual(error.message, "no such table: nowhere")
    }))

  test("a lock of another connection in this process is a failure in time", (filename) =>
    Effect.gen(function* () {
      const [holder, sql] = [yield* client({ filename }), yield* client({ filename, busyTimeout: 20 })]
      yield* holder`CREATE TABLE t (n)`
      yield* holder.withTransaction(
        Effect.gen(function* () {
          for (const statement of [sql`INSERT INTO t VALUES (1)`, sql.withTransaction(sql`SELECT * FROM t`)]) {
            assert.strictEqual((yield* Effect.flip(statement)).reason._tag, "LockTimeoutError")
          }
          assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [])
        })
      )
      yield* sql`INSERT INTO t VALUES (1)`
    }))

  test("so is one of another process, and it goes on when that ends", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename, busyTimeout: 20 })
      yield* sql`CREATE TABLE t (n)`
      const stop = yield* holdFromAnotherProcess(filename)
      const error = yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)
      assert.strictEqual(error.reason._tag, "LockTimeoutError")
      yield* stop
      yield* sql`INSERT INTO t VALUES (2)`
      assert.deepStrictEqual(yield* sql`SELECT n FROM t`.values, [[2]])
    }))

  test("a reader writes nothing and makes nothing", (filename) =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(client({ filename, readonly: true }))
      assert.strictEqual(missing.reason._tag, "ConnectionError")
      assert.isFalse(existsSync(filename))
      yield* Effect.scoped(Effect.flatMap(client({ filename }), (sql) => sql`CREATE TABLE t (n)`))
      const before = readFileSync(filename)
      const sql = yield* client({ filename, readonly: true })
      assert.deepStrictEqual(reasonOf(yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)), ["UnknownError", 8])
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [])
      assert.deepStrictEqual(readFileSync(filename), before)
    }))

  test("what is no database, cannot be opened, or is damaged", (filename) =>
    Effect.gen(function* () {
      writeFileSync(filename, "something else ".repeat(1_000))
      assert.deepStrictEqual(reasonOf(yield* Effect.flip(client({ filename }))), ["UnknownError", 26])
      const nowhere = yield* Effect.flip(client({ filename: join(filename, "x") }))
      assert.deepStrictEqual(reasonOf(nowhere), ["ConnectionError", 14])
      rmSync(filename)
      yield* filled(filename)
      const bytes = readFileSync(filename)
      writeFileSync(filename, bytes.fill(0xff, bytes.length / 2))
      const sql = yield* client({ filename })
      const read = yield* Effect.flip(sql`SELECT * FROM t`)
      assert.deepStrictEqual([read.reason._tag, read.message], ["UnknownError", "database disk image is malformed"])
    }))

  test("a full disk is a failure, and nothing is half written", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (n)`
      yield* sql`PRAGMA max_page_count = 10`
      const insert = sql.withTransaction(
        Effect.andThen(sql`INSERT INTO t VALUES (1)`, sql`INSERT INTO t VALUES (zeroblob(100000))`)
      )
      assert.deepStrictEqual(reasonOf(yield* Effect.flip(insert)), ["UnknownError", 13])
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [])
      yield* sql`INSERT INTO t VALUES (2)`
    }))

  test("what is written is durable: the settings are in force", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename, busyTimeout: 1_234 })
      assert.deepStrictEqual(yield* sql`PRAGMA journal_mode`.values, [["truncate"]])
      assert.deepStrictEqual(yield* sql`PRAGMA synchronous`.values, [[2]])
      assert.deepStrictEqual(yield* sql`PRAGMA busy_timeout`.values, [[1_234]])
    }))

  test("it is closed with the scope", (filename) =>
    Effect.gen(function* () {
      const sql = yield* Effect.scoped(client({ filename }))
      assert.match((yield* Effect.flip(sql`SELECT 1`)).message, /not open|closed/)
    }))
})

describe("streams", () => {
  test("give 100,000 rows without holding them", (filename) =>
    Effect.gen(function* () {
      const sql = yield* filled(filename, 100_000)
      let [count, most] = [0, 0]
      yield* Stream.runForEachArray(sql<{ n: number }>`SELECT n, text FROM t ORDER BY n`.stream, (rows) =>
        Effect.sync(() => {
          assert.strictEqual(rows[0].n, count)
          count += rows.length
          most = Math.max(most, rows.length)
        })
      )
      assert.strictEqual(count, 100_000)
      assert.isAtMost(most, 512)
    }))

  test("that are left leave nothing open", (filename) =>
    Effect.gen(function* () {
      const sql = yield* filled(filename)
      const { stream } = sql`SELECT n FROM t`
      assert.lengthOf(yield* Stream.runCollect(Stream.take(stream, 2)), 2)
      yield* Effect.flip(Stream.runForEach(stream, () => Effect.fail("no more")))
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(stream, () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      // Each of these fails while a statement that reads the table is open.
      const other = yield* client({ filename, busyTimeout: 0 })
      yield* other`UPDATE t SET n = n + 1`
      yield* sql`DROP TABLE t`
    }))

  test("see one state of the database, in a transaction and outside", (filename) =>
    Effect.gen(function* () {
      const sql = yield* filled(filename)
      const rows = Stream.runCollect(sql`SELECT n FROM t`.stream)
      const all = yield* rows
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`DELETE FROM t WHERE n = 0`
          assert.lengthOf(yield* rows, all.length - 1)
          yield* sql`INSERT INTO t VALUES (0, '')`
        })
      )
      assert.lengthOf(yield* rows, all.length)
      assert.deepStrictEqual(yield* Stream.runCollect(sql`SELECT n FROM t WHERE n < 0`.stream), [])
    }))

  test("end with a failure where a row cannot be read, not as if there were no more", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      const { stream } =
        sql`SELECT json(value) AS value FROM (SELECT '1' AS value UNION ALL SELECT '{' UNION ALL SELECT '2')`
      const exit = yield* Effect.exit(Stream.runDrain(stream))
      assert.isTrue(Exit.hasFails(exit))
      assert.deepStrictEqual(yield* sql`SELECT 1`.values, [[1]])
      yield* sql.withTransaction(sql`SELECT 1`)
    }))

  test("of a damaged database end with a failure", (filename) =>
    Effect.gen(function* () {
      yield* Effect.scoped(filled(filename))
      const bytes = readFileSync(filename)
      writeFileSync(filename, bytes.fill(0xff, bytes.length / 2))
      const sql = yield* client({ filename })
      assert.isTrue(Exit.hasFails(yield* Effect.exit(Stream.runDrain(sql`SELECT n, text FROM t`.stream))))
    }))

  test("of statements that write", (filename) =>
    Effect.gen(function* () {
      const sql = yield* client({ filename })
      yield* sql`CREATE TABLE t (n)`
      const rows = yield* Stream.runCollect(sql<{ n: number }>`INSERT INTO t VALUES (1), (2) RETURNING n`.stream)
      assert.deepStrictEqual(
        rows.map(({ n }) => n),
        [1, 2]
      )
      assert.deepStrictEqual(yield* sql`SELECT count(*) FROM t`.values, [[2]])
      assert.isTrue(Exit.hasFails(yield* Effect.exit(Stream.runDrain(sql`SELECT * FROM nowhere`.stream))))
    }))
})

it.effect("the layer gives a client", () =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`.values).pipe(
    Effect.map((rows) => assert.deepStrictEqual(rows, [[1]])),
    Effect.provide(SqliteClient.layer({ filename: "" }))
  )
)

const test = (
  name: string,
  body: (filename: string) => Effect.Effect<unknown, unknown, Scope.Scope | Reactivity.Reactivity>
) =>
  it.live(
    name,
    () =>
      Effect.acquireUseRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "powerdrill-sessions-sqlite-"))),
        (folder) => Effect.scoped(body(join(folder, "test.sqlite"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
      ).pipe(Effect.provide(Reactivity.layer)),
    30_000
  )

const client = SqliteClient.make

const filled = Effect.fnUntraced(function* (filename: string, rows = 2_000) {
  const sql = yield* client({ filename })
  yield* sql`CREATE TABLE t (n INTEGER, text TEXT)`
  const numbers = JSON.stringify(Array.from({ length: rows }, (_, n) => n))
  yield* sql`INSERT INTO t SELECT value, ${"x".repeat(100)} FROM json_each(${numbers})`
  return sql
})

const reasonOf = ({ reason }: SqlError.SqlError) => {
  const { cause } = reason
  return [reason._tag, cause instanceof Error && "errno" in cause ? cause.errno : undefined] as const
}

/** Succeeds when another process has the lock, with what ends it. */
const holdFromAnotherProcess = Effect.fnUntraced(function* (filename: string) {
  const script = `${filename}.mjs`
  appendFileSync(
    script,
    `import { DatabaseSync } from "node:sqlite"
    const db = new DatabaseSync(${JSON.stringify(filename)})
    db.exec("BEGIN IMMEDIATE")
    console.log("locked")
    process.stdin.resume().on("end", () => db.close())`
  )
  const args = "Deno" in globalThis ? ["run", "--allow-all", script] : [script]
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill())
  )
  yield* Effect.callback<void>((resume) => void child.stdout.once("data", () => resume(Effect.void)))
  return Effect.callback<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.stdin.end()
  })
})
