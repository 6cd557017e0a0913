/**
 * Writes a plan beside its path, and gives it its name when all of it is on the disk: there is a whole plan or none.
 */
import { DateTime, Effect, FileSystem, Random, Schema, type Scope, Stream } from "effect"
import type { SqlError } from "effect/sql"
import { PlanEntry } from "../PlanEntry.ts"
import { PlanError } from "../PlanError.ts"
import { failsAs } from "./planFile.ts"
import { canonical, check, entryBody, entryRest, type Header, headerBody, toLine } from "./planLine.ts"
import { longest } from "./planReader.ts"
import * as Sorter from "./planSorter.ts"
import { quote } from "./quote.ts"
import { digester } from "./sha256.ts"

export interface WriteOptions<E, R> {
  readonly baseUrl: string
  readonly selection: string
  readonly kept?: number | Effect.Effect<number> | undefined
  readonly entries: Stream.Stream<PlanEntry, E, R>
  readonly overwrite?: boolean | undefined
}

export const write = Effect.fnUntraced(function* <E, R>(
  path: string,
  { baseUrl, entries, kept = 0, overwrite = false, selection }: WriteOptions<E, R>
): Effect.fn.Return<typeof Header.Type, E | PlanError, R | FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const selectedAt = yield* DateTime.now
  // Before the sessions are listed, which can take an hour.
  if (!overwrite && (yield* failsAs(path, "unwritable")(fs.exists(path)))) return yield* exists(path)
  const beside = yield* makeBeside(path)

  const sorter = yield* unsorted(path)(Sorter.make())
  yield* Stream.runForEachArray(Stream.rechunk(entries, atOnce), (some): Effect.Effect<unknown, PlanError> => {
    const [invalid] = some.flatMap(whyInvalid)
    return invalid === undefined
      ? unsorted(path)(sorter.add(some))
      : Effect.fail(new PlanError({ path, reason: "invalid-entry", detail: invalid }))
  })

  yield* unsorted(path)(sorter.sort)

  const digest = digester()
  let count = 0
  yield* Stream.runForEachArray(sorter.sorted, (rows) =>
    Effect.sync(() => {
      count += rows.length
      digest.update(rows.map(({ sessionId, userId }) => canonical(userId, sessionId)).join(""))
    })
  ).pipe(unsorted(path))

  const header = {
    baseUrl,
    selectedAt,
    selection: selection.replace(/[\p{Cc}\u2028\u2029]+/gu, " "),
    count,
    kept: typeof kept === "number" ? kept : yield* kept,
    digest: digest.digest()
  }
  const body = headerBody(header)
  let before = check(body)
  let n = 0
  const lines = Stream.mapArray(sorter.sorted, (rows) => {
    let text = ""
    for (const { rest } of rows) {
      const body = entryBody(++n, rest)
      before = check(body, before)
      text += `${toLine(body, before)}\n`
    }
    return [encoder.encode(text)]
  }).pipe(Stream.mapError((error) => sortingFailed(path, error)))
  yield* appendSynced(path, beside, Stream.concat(Stream.succeed(encoder.encode(`${toLine(body, before)}\n`)), lines))
  yield* Effect.uninterruptible(
    overwrite ? failsAs(path, "unwritable")(fs.rename(beside, path)) : publish(beside, path)
  )
  return header
}, Effect.scoped)

/** How many entries are put in order with one statement. */
const atOnce = 2_048

const encoder = new TextEncoder()

const exists = (path: string) =>
  new PlanError({ path, reason: "exists", detail: "there is something at this path already" })

/** A file that is gone when the scope ends. */
const makeBeside = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const beside = `${path}.${(yield* Random.nextIntBetween(36 ** 6, 36 ** 7)).toString(36)}.partial`
  yield* Effect.acquireRelease(
    failsAs(path, "unwritable")(fs.writeFile(beside, new Uint8Array(), { flag: "wx", mode: 0o600 })),
    () => Effect.ignore(fs.remove(beside, { force: true }), { log: "Warn" })
  )
  return beside
})

const appendSynced = Effect.fnUntraced(function* (
  path: string,
  beside: string,
  bytes: Stream.Stream<Uint8Array, PlanError>
): Effect.fn.Return<void, PlanError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const file = yield* failsAs(path, "unwritable")(fs.open(beside, { flag: "a" }))
  yield* Stream.runForEach(bytes, (some) => failsAs(path, "unwritable")(file.writeAll(some)))
  yield* failsAs(path, "unwritable")(file.sync)
}, Effect.scoped)

/** A link, unlike a rename, does not replace what has come to its path in the meantime. Not every file system has links. */
const publish = Effect.fnUntraced(function* (beside: string, path: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.catch(fs.link(beside, path), (error) =>
    Effect.gen(function* () {
      const taken = error.reason._tag === "AlreadyExists" || (yield* failsAs(path, "unwritable")(fs.exists(path)))
      if (taken) return yield* exists(path)
      yield* failsAs(path, "unwritable")(fs.rename(beside, path))
    })
  )
})

const isEntry = Schema.is(Schema.Struct(PlanEntry.fields))

/** The types say that none is; a program may be written in JavaScript. */
const whyInvalid = (entry: PlanEntry): ReadonlyArray<string> => {
  if (!isEntry(entry)) return [`an id of ${quote(JSON.stringify(entry))} is none`]
  // In UTF-8 a character of JavaScript has three bytes at most.
  return entryRest(entry).length * 3 < longest - 100 ? [] : [`session ${quote(entry.sessionId)} has too much text`]
}

const sortingFailed = (path: string, error: SqlError.SqlError) =>
  new PlanError({ path, reason: "unsorted", detail: error.message })

const unsorted =
  (path: string) =>
  <A, R>(effect: Effect.Effect<A, SqlError.SqlError, R>): Effect.Effect<A, PlanError, R> =>
    Effect.mapError(effect, (error) => sortingFailed(path, error))
