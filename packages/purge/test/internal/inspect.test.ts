/**
 * What is changed in a ledger by other means is found, wherever it is.
 */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, LedgerEntry, LedgerError } from "@powerdrill-sessions/purge"
import { Effect, Exit, Schema } from "effect"
import { SqlClient } from "effect/sql"
import {
  absent,
  append,
  begun,
  deleted,
  empty,
  ended,
  forbidden,
  intent,
  limited,
  outcome,
  reading,
  sql,
  stopped,
  stored,
  unknown,
  vetoed,
  withLedger
} from "../support/ledgers.ts"

/** Each kind of entry and of row; the second session was asked about again after it was in doubt. */
const filled = append(
  begun,
  intent(1),
  outcome(1, { ...deleted, traceId: "t1", httpStatus: 200, code: 0 }),
  intent(2),
  outcome(2, unknown),
  intent(3),
  outcome(3, limited),
  intent(4),
  outcome(4, forbidden),
  intent(5),
  outcome(5, vetoed),
  intent(6),
  intent(8),
  outcome(8, stopped),
  ended,
  begun,
  intent(2),
  outcome(2, absent),
  ended,
  reading(1, "present"),
  reading(1, "absent"),
  reading(2, "unclear"),
  reading(7, "present")
)

const count = 8

const verify = Effect.flatMap(Ledger, ({ verify }) => verify)

/** What is said of the ledger after a change, which is taken back then; `impossible` where the database refuses it. */
const after = Effect.fnUntraced(function* (...changes: ReadonlyArray<string>) {
  const client = yield* SqlClient.SqlClient
  const said = yield* Effect.gen(function* () {
    const made = yield* Effect.exit(Effect.forEach(changes, (change) => client.unsafe(change)))
    return yield* Effect.fail(Exit.isFailure(made) ? "impossible" : yield* Effect.exit(verify))
  }).pipe(client.withTransaction, Effect.flip)
  if (said === "impossible") return said
  if (!Exit.isExit(said)) return yield* Effect.die(said)
  return yield* Effect.match(said, { onSuccess: () => "well", onFailure: (error) => error })
})

const Column = Schema.Struct({ name: Schema.String })
const Row = Schema.Record(Schema.String, Schema.Unknown)
const columnsOf = (table: string) =>
  Effect.flatMap(sql(`SELECT name FROM pragma_table_info('${table}')`), (rows) =>
    Schema.decodeUnknownEffect(Schema.Array(Column))(rows)
  )

const keys = { plan: "id", run: "id", requests: "n", entries: "entry" }

/** They are not part of the record: what the run is told, and by whom. */
const free = new Set(["run.command", "run.told_by", "run.told_at", "run.holder", "run.held_since"])

const valuesFor = (column: string) => [
  "NULL",
  "''",
  "'x'",
  "'deleted'",
  "'unknown'",
  "'absent'",
  "0",
  "1",
  "7",
  "19",
  "-1",
  "1.5",
  `"${column}" || 'x'`,
  `"${column}" || char(0)`,
  `"${column}" + 1`,
  `upper("${column}")`,
  `CAST("${column}" AS BLOB)`
]

describe("Ledger.verify", () => {
  it.effect("finds a ledger well that is as it was written", () =>
    Effect.gen(function* () {
      yield* filled
      assert.strictEqual((yield* verify).entries, 24)
    }).pipe(withLedger(count), Effect.provide(empty))
  )

  for (const [table, key] of Object.entries(keys)) {
    it.effect(
      `finds every change of every column of the table ${table}`,
      () =>
        Effect.gen(function* () {
          yield* filled
          let found = 0
          for (const { name } of yield* columnsOf(table)) {
            if (free.has(`${table}.${name}`)) continue
            let ofColumn = 0
            for (const row of yield* Effect.flatMap(
              sql(`SELECT ${key} AS key, "${name}" AS value FROM ${table}`),
              Schema.decodeUnknownEffect(Schema.Array(Row))
            )) {
              for (const value of valuesFor(name)) {
                const where = `WHERE ${key} = ${String(row["key"])}`
                const [same] = yield* sql(
                  `SELECT 1 FROM ${table} ${where} AND "${name}" IS ${value} AND typeof("${name}") = typeof(${value})`
                )
                if (same !== undefined) continue
                const said = yield* after(`UPDATE ${table} SET "${name}" = ${value} ${where}`)
                if (said === "impossible") continue
                const what = `${table} ${String(row["key"])}: ${name} ${String(row["value"])} -> ${value}`
                // A column of numbers makes a number again of some that are none.
                if (said === "well" && (yield* isSameAfterAll(table, name, where, value, row["value"]))) continue
                assert.instanceOf(said, LedgerError, what)
                if (!(said instanceof LedgerError)) continue
                assert.include(["altered", "unreadable"], said.problem, what)
                if (table === "entries" && name !== "entry" && said.entry !== undefined) {
                  assert.strictEqual(said.entry, row["key"], what)
                }
                ofColumn++
              }
            }
            if (name !== "id") assert.isAbove(ofColumn, 0, `${table}.${name} was never changed`)
            found += ofColumn
          }
          assert.isAbove(found, 0)
        }).pipe(withLedger(count), Effect.provide(empty)),
      60_000
    )

    it.effect(`finds every row that is missing from the table ${table}`, () =>
      Effect.gen(function* () {
        yield* filled
        const rows = yield* sql(`SELECT ${key} AS key FROM ${table}`)
        for (const { key: value } of yield* Schema.decodeUnknownEffect(Schema.Array(Row))(rows)) {
          const said = yield* after(`DELETE FROM ${table} WHERE ${key} = ${String(value)}`)
          assert.instanceOf(said, LedgerError)
          if (table === "entries" && said instanceof LedgerError) assert.strictEqual(said.entry, value)
        }
        assert.instanceOf(yield* after(`DELETE FROM ${table}`), LedgerError)
        assert.instanceOf(yield* after(`DROP TABLE ${table}`), LedgerError)
      }).pipe(withLedger(count), Effect.provide(empty))
    )
  }

  it.effect("finds entries that are missing from the end, however many", () =>
    Effect.gen(function* () {
      yield* filled
      for (let last = 0; last < 24; last++) {
        assert.instanceOf(yield* after(`DELETE FROM entries WHERE entry > ${last}`), LedgerError, String(last))
      }
    }).pipe(withLedger(count), Effect.provide(empty))
  )

  it.effect("finds two rows that have changed places", () =>
    Effect.gen(function* () {
      yield* filled
      const swap = (table: string, key: string, one: number, other: number, columns: string) =>
        after(
          `CREATE TEMP TABLE both AS SELECT * FROM ${table} WHERE ${key} IN (${one}, ${other})`,
          ...[
            [one, other],
            [other, one]
          ].map(
            ([to, from]) =>
              `UPDATE ${table} SET (${columns}) = (SELECT ${columns} FROM both WHERE ${key} = ${from}) WHERE ${key} = ${to}`
          )
        )
      for (let n = 1; n < count; n++) {
        assert.instanceOf(yield* swap("requests", "n", n, n + 1, "session_id"), LedgerError)
        const all = (yield* columnsOf("requests")).map(({ name }) => name).filter((name) => name !== "n")
        assert.instanceOf(yield* swap("requests", "n", n, n + 1, all.join(", ")), LedgerError)
      }
      for (let entry = 1; entry < 24; entry++) {
        for (const columns of ["body", "hash", "body, hash"]) {
          const said = yield* swap("entries", "entry", entry, entry + 1, columns)
          assert.strictEqual(said instanceof LedgerError ? said.entry : said, entry)
        }
      }
    }).pipe(withLedger(count), Effect.provide(empty))
  )

  describe("finds a forged entry, though its hash is right", () => {
    const forge = (entry: LedgerEntry.LedgerEntry | string, ...changes: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        yield* filled
        const rows = yield* stored
        const last = rows.at(-1)
        assert.isDefined(last)
        const body = typeof entry === "string" ? entry : LedgerEntry.encode(entry)
        const { hash } = LedgerEntry.follow({ entries: 24, hash: last?.hash ?? "" }, body)
        return yield* after(`INSERT INTO entries VALUES (25, '${body.replaceAll("'", "''")}', '${hash}')`, ...changes)
      }).pipe(withLedger(count), Effect.provide(empty))
    const plan = {
      kind: "plan",
      at: "",
      baseUrl: "https://ai.data.cloud/api",
      selectedAt: "2026-01-01T00:00:00.000Z",
      selection: "all sessions of tmm-1",
      count,
      kept: 0,
      digest: ""
    } as const
    const forged: Record<string, readonly [LedgerEntry.LedgerEntry | string, string, ...Array<string>]> = {
      "an intent": [intent(7), "SELECT 1"],
      "an outcome": [outcome(6), "SELECT 1"],
      "an outcome without its intent": [
        outcome(7, forbidden),
        `UPDATE requests SET (state, final, entry, disposition, error, message, code, http_status, attempts, trace_id,
          external_trace_id, started_at, finished_at) = (SELECT state, final, 25, disposition, error, message, code,
          http_status, attempts, trace_id, external_trace_id, started_at, finished_at FROM requests WHERE n = 4)
          WHERE n = 7`
      ],
      "an intent after a final outcome": [
        intent(4),
        `UPDATE requests SET (state, final, entry, disposition, error, message, code, http_status, attempts, trace_id,
          external_trace_id, started_at, finished_at) = (SELECT state, final, 25, disposition, error, message, code,
          http_status, attempts, trace_id, external_trace_id, started_at, finished_at FROM requests WHERE n = 6)
          WHERE n = 4`
      ],
      "a reading": [reading(4, "absent"), "SELECT 1"],
      "a reading of what is not in the plan": [reading(12, "absent"), "SELECT 1"],
      "a second plan": [plan, "SELECT 1"],
      "the beginning of a run": [begun, "SELECT 1"],
      "the end of a run": [ended, "SELECT 1"],
      "something else": ['{"kind":"other"}', "SELECT 1"],
      "no JSON": ["{", "SELECT 1"]
    }
    for (const [what, [entry, ...changes]] of Object.entries(forged)) {
      it.effect(what, () => Effect.map(forge(entry, ...changes), (said) => assert.instanceOf(said, LedgerError)))
    }
    it.effect("and takes one that is none", () =>
      Effect.map(forge(ended, "UPDATE run SET ended_entry = 25"), (said) => assert.strictEqual(said, "well"))
    )

    it.effect("or a chain that is made anew without its plan", () =>
      Effect.gen(function* () {
        yield* append(begun)
        const body = LedgerEntry.encode(begun)
        const { hash } = LedgerEntry.follow(LedgerEntry.genesis, body)
        const said = yield* after(
          "DELETE FROM entries",
          `INSERT INTO entries VALUES (1, '${body}', '${hash}')`,
          "UPDATE run SET begun_entry = 1"
        )
        assert.strictEqual(said instanceof LedgerError ? said.entry : said, 1)
      }).pipe(withLedger(1), Effect.provide(empty))
    )
  })

  it.effect("leaves out what the run is told, and who holds it", () =>
    Effect.gen(function* () {
      yield* filled
      const said = yield* after(
        "UPDATE run SET command = 'pause', told_by = 'x', told_at = 'x', holder = 'x', held_since = 'x'"
      )
      assert.strictEqual(said, "well")
    }).pipe(withLedger(count), Effect.provide(empty))
  )
})

/** Whether the column still holds what it held. */
const isSameAfterAll = Effect.fnUntraced(function* (
  table: string,
  name: string,
  where: string,
  value: string,
  before: unknown
) {
  const client = yield* SqlClient.SqlClient
  const now = yield* Effect.gen(function* () {
    yield* client.unsafe(`UPDATE ${table} SET "${name}" = ${value} ${where}`)
    const rows = yield* client.unsafe(`SELECT "${name}" AS value FROM ${table} ${where}`)
    return yield* Effect.fail(rows)
  }).pipe(client.withTransaction, Effect.flip)
  return JSON.stringify(now) === JSON.stringify([{ value: before }])
})
