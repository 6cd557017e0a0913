/**
 * A ledger in a file beside its plan, and the lock that keeps two processes from purging by it at once.
 *
 * @since 0.1.0
 */
import { Context, Effect, FileSystem, Layer, type PlatformError, type Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { hostname, userInfo } from "node:os"
import { resume } from "./internal/opening.ts"
import { isLocked, problemOf } from "./internal/problemOf.ts"
import { Ledger } from "./Ledger.ts"
import { LedgerError } from "./LedgerError.ts"
import type { Plan, PlanError, PlanRefused } from "./Plan.ts"
import * as SqliteClient from "./SqliteClient.ts"

/**
 * Where the ledger of a plan is: `plan.jsonl` has `plan.ledger.sqlite`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const pathOf = (planPath: string): string => `${planPath.replace(/\.jsonl$/, "")}.ledger.sqlite`

/**
 * Who this is, for others who look at the ledger: `user@host, process 4711`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const thisProcess = (): string => {
  const who = [known(() => userInfo().username), known(hostname)].filter((part) => part !== undefined).join("@")
  return `${who}${who === "" ? "" : ", "}process ${process.pid}`
}

/** A container's user may have no name, and Deno may not permit to ask. */
const known = (ask: () => string): string | undefined => {
  try {
    return ask()
  } catch {
    return undefined
  }
}

/**
 * The ledger of a plan, for the one process that purges by it: begun where there is none, otherwise read from end to end.
 *
 * **Details**
 *
 * `holder` is what another process is told that wants it too: who has it, in words. Default: {@link thisProcess}.
 *
 * The lock is one of the operating system's, on a file beside the ledger. It is gone with the process that holds it,
 * however that ends; empty files stay.
 *
 * A file is there only once all of the plan is in it. So one that is empty, or no ledger, is refused as damaged: it is
 * never taken for a beginning.
 *
 * **Gotchas**
 *
 * Keep it on a disk of the machine: network file systems promise more of locks than they keep.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  plan: Plan,
  holder: string = thisProcess()
): Layer.Layer<Ledger, LedgerError | PlanError | PlanRefused, FileSystem.FileSystem> => {
  const path = pathOf(plan.path)
  const isWell = Effect.flatMap(SqlClient.SqlClient, (sql) => resume(sql, plan))
  const note = Effect.gen(function* () {
    const ledger = yield* Ledger
    yield* Effect.acquireRelease(ledger.heldBy(holder), () => Effect.ignore(ledger.heldBy(undefined)))
  })
  return Layer.effectDiscard(note).pipe(
    Layer.provideMerge(Ledger.layerAttached),
    Layer.provide(Layer.effectDiscard(isWell)),
    Layer.provide(open(path)),
    Layer.provide(Layer.effectDiscard(begin(path, plan))),
    Layer.provide(Layer.effectDiscard(lock(path)))
  )
}

/**
 * The ledger beside a plan, as it is: to look at it, and to tell the process that purges by it what to do.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAttached = (planPath: string): Layer.Layer<Ledger, LedgerError, FileSystem.FileSystem> =>
  attached(pathOf(planPath))

/**
 * Keeps all others from purging by a ledger, for as long as the scope is open: for those that only read it, too.
 *
 * **Details**
 *
 * Of those that purge there is one at a time, and nobody reads meanwhile; any number can read at once. Whoever is late
 * waits for half a second, so that a look at how it stands is in nobody's way.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lock = Effect.fnUntraced(function* (
  path: string,
  options: { readonly reading?: boolean | undefined; readonly patience?: number | undefined } = {}
): Effect.fn.Return<void, LedgerError, FileSystem.FileSystem | Scope.Scope> {
  const { patience = 500, reading = false } = options
  const context = yield* Layer.build(SqliteClient.layer({ filename: `${path}-lock`, busyTimeout: patience })).pipe(
    Effect.catchTag("SqlError", (error) => refusal(path, error))
  )
  const sql = Context.get(context, SqlClient.SqlClient)
  const take = reading
    ? Effect.andThen(sql`BEGIN`, sql`SELECT COUNT(*) FROM sqlite_schema`)
    : Effect.asVoid(sql`BEGIN EXCLUSIVE`)
  yield* Effect.catchTag(take, "SqlError", (error) => refusal(path, error))
})

/**
 * Begins a ledger where there is none, under another name until it is complete. Its name is on the disk as soon as
 * something is: SQLite syncs the folder with the journal of the first entry.
 */
const begin = Effect.fnUntraced(function* (path: string, plan: Plan) {
  const fs = yield* FileSystem.FileSystem
  if (yield* isThere(path)) return
  const draft = `${path}-draft`
  const remove = (...files: ReadonlyArray<string>) =>
    Effect.mapError(
      Effect.forEach(files, (file) => fs.remove(file, { force: true }), { discard: true }),
      unavailable
    )
  // A journal that has outlived its ledger would be played back into the new one.
  yield* remove(draft, `${draft}-journal`, `${path}-journal`)
  // It has the ids of users: for nobody else's eyes.
  yield* Effect.mapError(fs.writeFile(draft, new Uint8Array(), { mode: 0o600 }), unavailable)
  yield* Effect.scoped(Layer.build(Ledger.layer(plan).pipe(Layer.provide(open(draft))))).pipe(
    Effect.andThen(Effect.mapError(fs.rename(draft, path), unavailable)),
    Effect.ensuring(Effect.ignore(remove(draft, `${draft}-journal`)))
  )
})

const attached = (path: string) =>
  Ledger.layerAttached.pipe(
    Layer.provide(open(path)),
    Layer.provide(
      Layer.effectDiscard(
        Effect.gen(function* () {
          if (yield* isThere(path)) return
          return yield* new LedgerError({ problem: "missing", detail: `There is no ledger at ${path}.` })
        })
      )
    )
  )

const open = (path: string) =>
  SqliteClient.layer({ filename: path }).pipe(
    Layer.catchTag("SqlError", (error) => Layer.effectContext(Effect.fail(problemOf(error))))
  )

const isThere = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.mapError(fs.exists(path), unavailable)
})

const unavailable = (error: PlatformError.PlatformError) =>
  new LedgerError({ problem: "unavailable", detail: `The ledger's file cannot be reached: ${error.message}.` })

/** Who has it, as far as the ledger says: a process that was killed has left its name there. */
const refusal = (path: string, error: SqlError.SqlError) =>
  isLocked(error)
    ? Effect.gen(function* () {
        const { holder, heldSince } = yield* Effect.flatMap(Ledger, ({ run }) => run)
        const isRead = yield* Effect.scoped(isOnlyRead(path))
        const purges = holder === undefined ? "Another process" : `${holder}, since ${heldSince ?? "some time"},`
        const detail = isRead ? "Another process reads this ledger." : `${purges} purges by this ledger.`
        return yield* new LedgerError({ problem: "held", detail })
      }).pipe(
        Effect.provide(attached(path)),
        Effect.catchIf(
          ({ problem }) => problem !== "held",
          () => Effect.fail(new LedgerError({ problem: "held", detail: "Another process purges by this ledger." }))
        )
      )
    : Effect.fail(problemOf(error))

/** Whether those that have the lock only read: one more can. */
const isOnlyRead = (path: string) =>
  Effect.flatMap(
    Layer.build(SqliteClient.layer({ filename: `${path}-lock`, busyTimeout: 0 })),
    (context) => Context.get(context, SqlClient.SqlClient)`SELECT COUNT(*) FROM sqlite_schema`
  ).pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false)
  )
