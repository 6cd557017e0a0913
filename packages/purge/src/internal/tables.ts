/**
 * The tables of a ledger, in words that SQL databases agree on, and what their rows are.
 */
import { Disposition } from "@powerdrill-sessions/core"
import { Effect, Schema } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { Reading } from "../LedgerEntry.ts"

/** Makes the tables where there are none. */
export const create = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient
): Effect.fn.Return<void, SqlError.SqlError> {
  yield* sql`CREATE TABLE IF NOT EXISTS plan (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    base_url TEXT NOT NULL,
    selected_at TEXT NOT NULL,
    selection TEXT NOT NULL,
    count INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    digest TEXT NOT NULL
  )`
  yield* sql`CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    command TEXT NOT NULL,
    told_by TEXT,
    told_at TEXT,
    holder TEXT,
    held_since TEXT,
    begun_entry INTEGER,
    ended_entry INTEGER
  )`
  yield* sql`CREATE TABLE IF NOT EXISTS requests (
    n INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    final INTEGER NOT NULL,
    entry INTEGER,
    disposition TEXT,
    error TEXT,
    message TEXT,
    code INTEGER,
    http_status INTEGER,
    attempts INTEGER,
    trace_id TEXT,
    external_trace_id TEXT,
    started_at TEXT,
    finished_at TEXT,
    reading TEXT,
    reading_entry INTEGER
  )`
  yield* sql`CREATE TABLE IF NOT EXISTS entries (
    entry INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
  )`
})

export const PlanRow = Schema.Struct({
  base_url: Schema.String,
  selected_at: Schema.String,
  selection: Schema.String,
  count: Schema.Int,
  kept: Schema.Int,
  digest: Schema.String
})

/**
 * What is known of a request of the plan.
 *
 * - `planned`: nothing was sent for it.
 * - `intended`: it may have been sent, and how that ended is not known: a call is under way, or was cut off.
 */
export const State = Schema.Literals(["planned", "intended", "deleted", "not-deleted", "unknown", "vetoed"])

export type State = typeof State.Type

/** What the entries about a request say of it. */
export const Known = Schema.Struct({
  state: State,
  /** 1 where nothing is sent for it any more. */
  final: Schema.Literals([0, 1]),
  entry: Schema.NullOr(Schema.Int),
  disposition: Schema.NullOr(Disposition),
  error: Schema.NullOr(Schema.String),
  message: Schema.NullOr(Schema.String),
  code: Schema.NullOr(Schema.Int),
  http_status: Schema.NullOr(Schema.Int),
  attempts: Schema.NullOr(Schema.Int),
  trace_id: Schema.NullOr(Schema.String),
  external_trace_id: Schema.NullOr(Schema.String),
  started_at: Schema.NullOr(Schema.String),
  finished_at: Schema.NullOr(Schema.String)
})

export type Known = typeof Known.Type

export const RequestRow = Schema.Struct({
  n: Schema.Int,
  user_id: Schema.String,
  session_id: Schema.String,
  ...Known.fields,
  reading: Schema.NullOr(Reading),
  reading_entry: Schema.NullOr(Schema.Int)
})

export type RequestRow = typeof RequestRow.Type

export const EntryRow = Schema.Struct({ entry: Schema.Int, body: Schema.String, hash: Schema.String })

export const Command = Schema.Literals(["go", "pause", "cancel"])

export type Command = typeof Command.Type

export const RunRow = Schema.Struct({
  command: Command,
  told_by: Schema.NullOr(Schema.String),
  told_at: Schema.NullOr(Schema.String),
  holder: Schema.NullOr(Schema.String),
  held_since: Schema.NullOr(Schema.String),
  begun_entry: Schema.NullOr(Schema.Int),
  ended_entry: Schema.NullOr(Schema.Int)
})

export type RunRow = typeof RunRow.Type
