/**
 * Databases, entries and short cuts for the tests of what keeps a ledger.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { Ledger, type LedgerEntry, type Outcome, SqliteClient } from "@powerdrill-sessions/purge"
import { Effect, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { planOf } from "./plans.ts"

/** A database of its own for each test, and the file system. */
export const empty = Layer.mergeAll(SqliteClient.layer({ filename: ":memory:" }), NodeFileSystem.layer)

const at = "2026-01-02T03:04:05.678Z"

const userId = "tmm-1"

/** `a`, `b`, `c`, … */
const idOf = (n: number): string => String.fromCharCode(96 + n)

export const idsOf = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => idOf(index + 1))

/** What an entry is about, and when. */
const about = (n: number) => ({ at, n, userId, sessionId: idOf(n) })

export const begun: LedgerEntry.LedgerEntry = { kind: "begun", at, by: "a test" }

export const ended: LedgerEntry.LedgerEntry = { kind: "ended", at, reason: "finished" }

export const intent = (n: number): Extract<LedgerEntry.LedgerEntry, { readonly kind: "intent" }> => ({
  kind: "intent",
  ...about(n)
})

export const outcome = (n: number, how: Partial<Outcome> = deleted): LedgerEntry.LedgerEntry => ({
  kind: "outcome",
  ...about(n),
  outcome: "deleted",
  attempts: 1,
  startedAt: at,
  finishedAt: at,
  ...how
})

export const reading = (n: number, what: LedgerEntry.Reading): LedgerEntry.LedgerEntry => ({
  kind: "reading",
  ...about(n),
  reading: what
})

export const deleted = { outcome: "deleted", disposition: "deleted" } as const
export const absent = { outcome: "deleted", disposition: "absent-after-unknown" } as const
export const unknown = { outcome: "unknown", error: "OutcomeUnknown", message: "No answer." } as const
export const limited = { outcome: "not-deleted", error: "RateLimited", code: 201, httpStatus: 429 } as const
export const forbidden = {
  outcome: "not-deleted",
  error: "Forbidden",
  code: 300002,
  traceId: "t",
  attempts: 2
} as const
export const vetoed = { outcome: "vetoed", error: "Vetoed", message: "Plugin p refused.", attempts: 0 } as const
export const stopped = { ...vetoed, entireRun: true } as const

/** Appends entries one after the other. */
export const append = (...entries: ReadonlyArray<LedgerEntry.LedgerEntry>) =>
  Effect.flatMap(Ledger, (ledger) => Effect.forEach(entries, (entry) => ledger.append(entry), { discard: true }))

/** With the ledger of a plan of so many sessions, over the database that is there. */
export const withLedger =
  (count: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, Ledger.layer(planOf(idsOf(count))))

/** All entries as they are stored. */
export const stored = Effect.flatMap(Ledger, ({ entries }) => Stream.runCollect(entries))

/** Changes the database by other means. */
export const sql = (statement: string) => Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(statement))
