/**
 * How a ledger begins, and how it is taken up again.
 */
import { Array as Arr, DateTime, Effect, type FileSystem, Stream } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { LedgerError } from "../LedgerError.ts"
import type { Plan, PlanError, PlanRefused } from "../Plan.ts"
import { inspect, inspectRequests, integrity } from "./inspect.ts"
import * as Journal from "./journal.ts"
import { problemOf } from "./problemOf.ts"
import { altered, rowsOf } from "./rows.ts"
import { create, PlanRow } from "./tables.ts"

/** Takes up the ledger that is there, or begins one in an empty database. */
export const open = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  plan: Plan
): Effect.fn.Return<void, LedgerError | PlanError | PlanRefused, FileSystem.FileSystem> {
  const isThere = yield* Effect.match(sql`SELECT id FROM plan`, {
    onSuccess: (rows) => rows.length > 0,
    onFailure: () => false
  })
  yield* isThere ? resume(sql, plan) : begin(sql, plan)
})

/** Sees to it that the ledger is that of the plan, and is well. */
export const resume = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  plan: Plan
): Effect.fn.Return<void, LedgerError> {
  const [there] = yield* rowsOf(PlanRow)(sql`SELECT * FROM plan`)
  if (there === undefined) return yield* altered("The ledger does not say which plan it is for.")
  if (there.digest !== plan.header.digest || there.base_url !== plan.header.baseUrl) {
    return yield* new LedgerError({
      problem: "other-plan",
      detail: `The ledger is that of another plan: ${there.digest.slice(0, 8)}, of ${there.base_url}.`
    })
  }
  yield* inspect(sql)
})

/** All of it, or nothing. */
const begin = (
  sql: SqlClient.SqlClient,
  plan: Plan
): Effect.Effect<void, LedgerError | PlanError | PlanRefused, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    yield* sql.onDialectOrElse({ sqlite: () => integrity(sql), orElse: () => Effect.void })
    yield* create(sql)
    const [leftover] =
      yield* sql`SELECT entry FROM entries UNION ALL SELECT n FROM requests UNION ALL SELECT id FROM run LIMIT 1`
    if (leftover !== undefined) return yield* altered("The ledger does not say which plan it is for.")
    const { baseUrl, count, digest, kept, selection } = plan.header
    const selectedAt = DateTime.formatIso(plan.header.selectedAt)
    const row = { base_url: baseUrl, selected_at: selectedAt, selection, count, kept, digest }
    yield* sql`INSERT INTO plan ${sql.insert({ id: 1, ...row })}`
    yield* sql`INSERT INTO run ${sql.insert({ id: 1, command: "go" })}`
    yield* plan.entries.pipe(
      Stream.grouped(perStatement),
      Stream.runForEach(
        (entries) =>
          sql`INSERT INTO requests ${sql.insert(
            Arr.map(entries, ({ n, sessionId, userId }) => ({
              n,
              user_id: userId,
              session_id: sessionId,
              state: "planned",
              final: 0
            }))
          )}`
      )
    )
    yield* inspectRequests(sql, row)
    const journal = yield* Effect.provideService(Journal.make(), SqlClient.SqlClient, sql)
    const at = DateTime.formatIso(yield* DateTime.now)
    yield* journal.append({ kind: "plan", at, baseUrl, selectedAt, selection, count, kept, digest })
  }).pipe(
    sql.withTransaction,
    Effect.catchIf(SqlError.isSqlError, (error) => Effect.fail(problemOf(error)))
  )

const perStatement = 500
