/**
 * Whether the entries of a ledger are as they were written, and its other tables say what the entries say.
 *
 * Row by row, in pages, so that a ledger of any length takes as much memory as a short one.
 */
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql"
import { createHash } from "node:crypto"
import { decode, follow, genesis, type Head, type LedgerEntry } from "../LedgerEntry.ts"
import { LedgerError } from "../LedgerError.ts"
import { isFinal } from "../Outcome.ts"
import { toJson } from "./json.ts"
import { isSame, known, planned } from "./known.ts"
import { problemOf } from "./problemOf.ts"
import { altered, rowsOf } from "./rows.ts"
import { EntryRow, PlanRow, RequestRow, RunRow } from "./tables.ts"

const perPage = 1000

/** Where the ledger ends, when all of it is well. */
export const inspect = Effect.fnUntraced(function* (sql: SqlClient.SqlClient): Effect.fn.Return<Head, LedgerError> {
  yield* sql.onDialectOrElse({ sqlite: () => integrity(sql), orElse: () => Effect.void })
  const [plan] = yield* rowsOf(PlanRow)(sql`SELECT * FROM plan`)
  const [run] = yield* rowsOf(RunRow)(sql`SELECT * FROM run`)
  if (plan === undefined || run === undefined) return yield* altered("The ledger does not say which plan it is for.")
  const rows = yield* inspectRequests(sql, plan)

  let head = genesis
  let told = 0
  let read = 0
  let begun: number | null = null
  let ended: number | null = null
  // The requests whose last intent has no outcome. Few: those under way, and those that were when a run was cut off.
  const intended = new Set<number>()
  while (true) {
    const page: ReadonlyArray<typeof EntryRow.Type> = yield* rowsOf(EntryRow)(
      sql`SELECT entry, body, hash FROM entries WHERE entry > ${head.entries} ORDER BY entry LIMIT ${perPage}`
    )
    if (page.length === 0) break
    const entries: Array<{ readonly number: number; readonly entry: LedgerEntry }> = []
    for (const { body, entry: number, hash } of page) {
      head = follow(head, body)
      const entry = Option.getOrUndefined(decode(body))
      if (number !== head.entries || hash !== head.hash || entry === undefined) {
        return yield* altered(
          `Entry ${head.entries} of the ledger is missing, or is not as it was written.`,
          head.entries
        )
      }
      entries.push({ number, entry })
    }
    const numbers = entries.flatMap(({ entry }) => ("n" in entry ? [entry.n] : []))
    const about = new Map(
      numbers.length === 0
        ? []
        : (yield* rowsOf(RequestRow)(sql`SELECT * FROM requests WHERE ${sql.in("n", [...new Set(numbers)])}`)).map(
            (row) => [row.n, row]
          )
    )
    for (const { entry, number } of entries) {
      const contradiction = Effect.suspend(() =>
        altered(`Entry ${number} of the ledger and the rest of it contradict each other.`, number)
      )
      if ((entry.kind === "plan") !== (number === 1)) return yield* contradiction
      switch (entry.kind) {
        case "plan": {
          if (!isSamePlan(entry, plan)) return yield* contradiction
          break
        }
        case "begun": {
          begun = number
          ended = null
          break
        }
        case "ended": {
          ended = number
          break
        }
        default: {
          const row = about.get(entry.n)
          if (row === undefined || row.user_id !== entry.userId || row.session_id !== entry.sessionId) {
            return yield* contradiction
          }
          if (entry.kind === "intent") intended.add(entry.n)
          if (entry.kind === "outcome") {
            if (!intended.delete(entry.n)) return yield* contradiction
            // Nothing is sent after it.
            if (isFinal(entry) && row.entry !== number) return yield* contradiction
          }
          // A look that failed does not hide what was seen before.
          if (entry.kind === "reading" && entry.reading === "unclear" && isClear(row)) break
          const latest = (entry.kind === "reading" ? row.reading_entry : row.entry) ?? 0
          if (latest < number) return yield* contradiction
          if (latest > number) break
          if (entry.kind === "reading" ? row.reading !== entry.reading : !isSame(row, known(entry, number))) {
            return yield* contradiction
          }
          if (entry.kind === "reading") read++
          else told++
        }
      }
    }
  }
  if (head.entries === 0 || told !== rows.told || read !== rows.read) {
    return yield* altered("The end of the ledger's entries is missing.", head.entries + 1)
  }
  if (run.begun_entry !== begun || run.ended_entry !== ended) {
    return yield* altered("The ledger contradicts itself about when it was last run.")
  }
  return head
})

/** The list is the one that was planned; how many of its requests have an intent or an outcome, and a reading. */
export const inspectRequests = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  plan: Pick<typeof PlanRow.Type, "count" | "digest">
) {
  const digest = createHash("sha256")
  const rows = { told: 0, read: 0 }
  let last = 0
  while (true) {
    const page = yield* rowsOf(RequestRow)(sql`SELECT * FROM requests WHERE n > ${last} ORDER BY n LIMIT ${perPage}`)
    if (page.length === 0) break
    for (const row of page) {
      if (row.n !== ++last) return yield* altered(`Request ${last} of the plan is missing from the ledger.`)
      if (row.entry === null && !isSame(row, planned)) {
        return yield* altered(`The ledger says more of request ${last} than its entries do.`)
      }
      if ((row.reading === null) !== (row.reading_entry === null)) {
        return yield* altered(`The ledger contradicts itself about the reading of request ${last}.`)
      }
      if (row.entry !== null) rows.told++
      if (row.reading_entry !== null) rows.read++
      digest.update(`${toJson([row.user_id, row.session_id])}\n`)
    }
  }
  if (last !== plan.count || digest.digest("hex") !== plan.digest) {
    return yield* altered("The requests in the ledger are not those of its plan.")
  }
  return rows
})

/** Whether SQLite finds the file whole. */
export const integrity = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const [row] = yield* Effect.catchTag(sql<Record<string, unknown>>`PRAGMA integrity_check(1)`, "SqlError", (error) =>
    Effect.fail(problemOf(error))
  )
  const said = row?.["integrity_check"]
  if (said !== "ok") {
    return yield* new LedgerError({ problem: "unreadable", detail: `The ledger is damaged: ${String(said)}.` })
  }
})

const isClear = ({ reading }: typeof RequestRow.Type) => reading !== null && reading !== "unclear"

const isSamePlan = (entry: Extract<LedgerEntry, { readonly kind: "plan" }>, row: typeof PlanRow.Type) =>
  entry.baseUrl === row.base_url &&
  entry.selectedAt === row.selected_at &&
  entry.selection === row.selection &&
  entry.count === row.count &&
  entry.kept === row.kept &&
  entry.digest === row.digest
