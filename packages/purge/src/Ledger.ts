/**
 * The durable record of a purge: what was to be deleted, what was sent, and what became of each session.
 *
 * @since 0.1.0
 */
import { type Disposition, SessionId, UserId } from "@powerdrill-sessions/core"
import { Context, DateTime, Effect, type FileSystem, Layer, Option, Schema, Stream } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { CountRow, ReadingRow, toCounts, toReadings } from "./internal/counting.ts"
import { inspect } from "./internal/inspect.ts"
import * as Journal from "./internal/journal.ts"
import { open } from "./internal/opening.ts"
import { problemOf } from "./internal/problemOf.ts"
import { altered, rowsOf } from "./internal/rows.ts"
import { type Command, EntryRow, PlanRow, RequestRow, RunRow, type State } from "./internal/tables.ts"
import { decode, type Head, type LedgerEntry } from "./LedgerEntry.ts"
import type { LedgerError } from "./LedgerError.ts"
import type { Plan, PlanError, PlanRefused } from "./Plan.ts"

/**
 * The record of one plan.
 *
 * **Details**
 *
 * It is kept in four tables of an SQL database: `plan`; `requests`, with one row for each session and what is known of
 * it; `entries`, to which things are only ever added, each with the SHA-256 of itself and the one before, and which prove
 * what the rows say; and `run`, by which other processes tell the one that purges to pause or to stop.
 *
 * **Gotchas**
 *
 * `verify` finds what was changed by other means than a purge, in every column of every row but those by which a run is
 * told what to do and says who holds it (`command`, `told_by`, `told_at`, `holder`, `held_since` of `run`). Whoever can
 * write the database can also write another one that is consistent in itself: where that matters, keep what `verify` says
 * of its end elsewhere.
 *
 * One process at a time may purge by a ledger. {@link LedgerFile.layer} sees to that; where another database takes the
 * place of the file, whoever provides it does.
 *
 * @category services
 * @since 0.1.0
 */
export class Ledger extends Context.Service<Ledger, Ledger.Service>()("@powerdrill-sessions/purge/Ledger") {
  /**
   * The ledger of a plan. In an empty database it begins; one that is there is read from end to end, and refused where it
   * is not as it was written.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    plan: Plan
  ): Layer.Layer<Ledger, LedgerError | PlanError | PlanRefused, SqlClient.SqlClient | FileSystem.FileSystem> =>
    Layer.effect(
      Ledger,
      Effect.andThen(
        Effect.flatMap(SqlClient.SqlClient, (sql) => open(sql, plan)),
        make
      )
    )

  /**
   * A ledger that is there, as it is: to look at it, and to tell the process that purges by it what to do.
   *
   * @since 0.1.0
   */
  static readonly layerAttached: Layer.Layer<Ledger, LedgerError, SqlClient.SqlClient> = Layer.fresh(
    // Not the one that was attached to another database before.
    Layer.effect(
      Ledger,
      Effect.suspend(() => make)
    )
  )
}

/**
 * @since 0.1.0
 */
export declare namespace Ledger {
  /**
   * @category models
   * @since 0.1.0
   */
  export interface Service {
    /** What is to be deleted, from where. */
    readonly plan: Planned
    /** How many sessions there are of each kind. */
    readonly counts: Effect.Effect<Counts, LedgerError>
    /** What was found of the deleted ones afterwards. */
    readonly readings: Effect.Effect<Readings, LedgerError>
    /** What has no final outcome, in the order of the plan, after the request of that number; at most so many. */
    readonly pending: (after: number, limit: number) => Effect.Effect<ReadonlyArray<Pending>, LedgerError>
    /** Every request, in the order of the plan. */
    readonly requests: Stream.Stream<Request, LedgerError>
    /** Every entry as it is stored, in its order. */
    readonly entries: Stream.Stream<Stored, LedgerError>
    /** Adds an entry: succeeds when it is on the disk. Once that has failed, it fails for ever. */
    readonly append: (entry: LedgerEntry) => Effect.Effect<void, LedgerError>
    /** Reads all of it, and says where it ends; fails where it is not as it was written. */
    readonly verify: Effect.Effect<Head, LedgerError>
    /** Where it ends, unread. */
    readonly head: Effect.Effect<Head, LedgerError>
    /** How its runs stand. */
    readonly run: Effect.Effect<Run, LedgerError>
    /** What it was told last. */
    readonly command: Effect.Effect<Command, LedgerError>
    /** Tells the process that purges what to do before its next request. */
    readonly tell: (command: Command, by: string) => Effect.Effect<void, LedgerError>
    /** Notes who purges by it. */
    readonly heldBy: (holder: string | undefined) => Effect.Effect<void, LedgerError>
  }

  /**
   * The plan, as the ledger keeps it.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Planned {
    readonly baseUrl: string
    /** ISO 8601, UTC. */
    readonly selectedAt: string
    /** What was selected, in words. */
    readonly selection: string
    readonly count: number
    /** How many were kept. */
    readonly kept: number
    readonly digest: string
  }

  /**
   * A request that is yet to be sent.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Pending {
    /** Its number in the plan, from 1. */
    readonly n: number
    readonly sessionId: SessionId
    readonly userId: UserId
    /** What is known of it. */
    readonly state: State
    /** The tag of the error of its last call, where it had one that failed. */
    readonly error: string | null
  }

  /**
   * What is known of a request.
   *
   * @category models
   * @since 0.1.0
   */
  export type Request = RequestRow

  /**
   * An entry as it is stored: `body` is the JSON of a `LedgerEntry`.
   *
   * @category models
   * @since 0.1.0
   */
  export type Stored = typeof EntryRow.Type

  /**
   * How many sessions there are of each kind: `deleted + notDeleted + unknown + vetoed + unprocessed = planned`.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Counts {
    readonly planned: number
    readonly deleted: number
    readonly notDeleted: number
    /** Sent, and no trustworthy answer came; or a call is under way, or was cut off. */
    readonly unknown: number
    readonly vetoed: number
    /** Nothing was sent for them. */
    readonly unprocessed: number
    /** Of those deleted: how they are known to be gone. */
    readonly byDisposition: Readonly<Record<Disposition, number>>
    /** Of the others: the tags of their errors. */
    readonly byError: Readonly<Record<string, number>>
  }

  /**
   * What was found of the sessions that are on record as deleted, when they were looked for afterwards; together they
   * are as many as those.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Readings {
    /** Not looked for: there is the API's word only. */
    readonly acknowledged: number
    readonly verifiedAbsent: number
    readonly stillThere: number
    /** There, and had been absent before. */
    readonly reappeared: number
    /** There was no trustworthy answer. */
    readonly notCheckable: number
  }

  /**
   * How the runs of a ledger stand.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Run {
    /** What it was told last, by whom and when. */
    readonly command: Command
    readonly toldBy: string | undefined
    readonly toldAt: string | undefined
    /** The process that purges by it, or did so last. */
    readonly holder: string | undefined
    readonly heldSince: string | undefined
    /** The last run, where there was one. */
    readonly begun: Extract<LedgerEntry, { readonly kind: "begun" }> | undefined
    /** Its end: a run without one is under way, or was cut off. */
    readonly ended: Extract<LedgerEntry, { readonly kind: "ended" }> | undefined
  }
}

const pageSize = 500

const make = Effect.gen(function* (): Effect.fn.Return<Ledger["Service"], LedgerError, SqlClient.SqlClient> {
  const sql = yield* SqlClient.SqlClient
  const [plan] = yield* rowsOf(PlanRow)(sql`SELECT * FROM plan`)
  if (plan === undefined) return yield* altered("The ledger does not say which plan it is for.")
  const journal = yield* Journal.make()
  const now = Effect.map(DateTime.now, DateTime.formatIso)
  const change = (statement: Effect.Effect<unknown, SqlError.SqlError>) =>
    Effect.asVoid(Effect.mapError(statement, problemOf))

  const entryAt = (number: number | null) =>
    number === null
      ? Effect.undefined
      : Effect.map(rowsOf(EntryRow)(sql`SELECT * FROM entries WHERE entry = ${number}`), ([row]) =>
          row === undefined ? undefined : Option.getOrUndefined(decode(row.body))
        )

  return {
    plan: toPlanned(plan),
    append: journal.append,
    verify: inspect(sql),
    head: Journal.headOf(sql),
    counts: Effect.map(
      rowsOf(CountRow)(
        sql`SELECT state, disposition, error, COUNT(*) AS count FROM requests GROUP BY state, disposition, error`
      ),
      toCounts
    ),
    readings: Effect.map(
      rowsOf(ReadingRow)(
        sql`SELECT CASE WHEN reading_entry > entry THEN reading END AS reading, COUNT(*) AS count
          FROM requests WHERE state = 'deleted' GROUP BY 1`
      ),
      toReadings
    ),
    pending: (after, limit) =>
      Effect.map(
        rowsOf(PendingRow)(
          sql`SELECT n, user_id, session_id, state, error FROM requests WHERE n > ${after} AND final = 0 ORDER BY n LIMIT ${limit}`
        ),
        (rows) => rows.map(({ session_id, user_id, ...row }) => ({ ...row, sessionId: session_id, userId: user_id }))
      ),
    requests: paged((after) =>
      Effect.map(
        rowsOf(RequestRow)(sql`SELECT * FROM requests WHERE n > ${after} ORDER BY n LIMIT ${pageSize}`),
        (rows) => [rows, rows.at(-1)?.n]
      )
    ),
    entries: paged((after) =>
      Effect.map(
        rowsOf(EntryRow)(sql`SELECT * FROM entries WHERE entry > ${after} ORDER BY entry LIMIT ${pageSize}`),
        (rows) => [rows, rows.at(-1)?.entry]
      )
    ),
    run: Effect.gen(function* () {
      const [run] = yield* rowsOf(RunRow)(sql`SELECT * FROM run`)
      if (run === undefined) return yield* altered("The ledger does not say how its runs stand.")
      const begun = yield* entryAt(run.begun_entry)
      const ended = yield* entryAt(run.ended_entry)
      return {
        command: run.command,
        toldBy: run.told_by ?? undefined,
        toldAt: run.told_at ?? undefined,
        holder: run.holder ?? undefined,
        heldSince: run.held_since ?? undefined,
        begun: begun?.kind === "begun" ? begun : undefined,
        ended: ended?.kind === "ended" ? ended : undefined
      }
    }),
    command: Effect.flatMap(rowsOf(RunRow)(sql`SELECT * FROM run`), ([run]) =>
      run === undefined ? altered("The ledger does not say how its runs stand.") : Effect.succeed(run.command)
    ),
    tell: (command, by) =>
      Effect.flatMap(now, (at) => change(sql`UPDATE run SET command = ${command}, told_by = ${by}, told_at = ${at}`)),
    heldBy: (holder) =>
      Effect.flatMap(now, (at) =>
        change(sql`UPDATE run SET holder = ${holder ?? null}, held_since = ${holder === undefined ? null : at}`)
      )
  }
})

const paged = <A>(
  page: (after: number) => Effect.Effect<readonly [rows: ReadonlyArray<A>, last: number | undefined], LedgerError>
): Stream.Stream<A, LedgerError> =>
  Stream.paginate(0, (after) =>
    Effect.map(page(after), ([rows, last]) => [rows, Option.fromUndefinedOr(last)] as const)
  )

const PendingRow = Schema.Struct({
  n: Schema.Int,
  user_id: UserId,
  session_id: SessionId,
  state: RequestRow.fields.state,
  error: RequestRow.fields.error
})

const toPlanned = (row: typeof PlanRow.Type): Ledger.Planned => ({
  baseUrl: row.base_url,
  selectedAt: row.selected_at,
  selection: row.selection,
  count: row.count,
  kept: row.kept,
  digest: row.digest
})
