/**
 * A plan: the frozen list of the sessions that are to be deleted, in a file that people read before they agree to it.
 *
 * What was agreed to is what is deleted: a plan that has changed since it was written, by as little as a character, or
 * that was made for another server, is refused, and the refusal names the line.
 *
 * @since 0.1.0
 */
import { Array, Cause, type DateTime, Effect, FileSystem, type Scope, Stream } from "effect"
import { failsAs } from "./internal/planFile.ts"
import * as Reader from "./internal/planReader.ts"
import * as Writer from "./internal/planWriter.ts"
import type { PlanEntry } from "./PlanEntry.ts"
import type { PlanError, PlanRefused } from "./PlanError.ts"

export { PlanError, PlanRefused } from "./PlanError.ts"

/**
 * A plan whose file has been checked from its first byte to its last.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly path: string
  readonly header: Header
  /**
   * The entries, in the order of the plan. Each line is checked again as it is read, since the file may have changed;
   * none comes out from a line that is refused on. A million take no more memory than a thousand.
   */
  readonly entries: Stream.Stream<Entry, PlanRefused | PlanError, FileSystem.FileSystem>
}

/**
 * What a plan says of itself, on its first line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Header {
  /** Where its sessions are, as in `PowerdrillConfig`. */
  readonly baseUrl: string
  /** When the selecting began. */
  readonly selectedAt: DateTime.Utc
  /** How the sessions were selected, in words. */
  readonly selection: string
  readonly count: number
  /** How many sessions were found and kept. */
  readonly kept: number
  /** SHA-256 over all user ids and session ids in their order, in hex: equal for equal lists. */
  readonly digest: string
}

/**
 * What a person types, or a script passes, to agree to a plan and to no other: `delete 120 3f9a1c20`, with the count and
 * the first 8 digits of the digest.
 *
 * @category getters
 * @since 0.1.0
 */
export const confirmationOf = ({ count, digest }: Pick<Header, "count" | "digest">): string =>
  `delete ${count} ${digest.slice(0, 8)}`

/**
 * An entry, and its place in the plan.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry extends PlanEntry {
  /** Counted from 1; the entry is on line n + 1. */
  readonly n: number
}

/**
 * @category models
 * @since 0.1.0
 */
export interface WriteOptions<E, R> {
  /** Where the sessions are: `baseUrl` of `PowerdrillConfig`. */
  readonly baseUrl: string
  /** How they were selected, in words, for those who read the plan. It is written on one line. */
  readonly selection: string
  /** How many were found and kept; an effect is run when all entries have come. Default: 0. */
  readonly kept?: number | Effect.Effect<number> | undefined
  /** In any order, and any number of times. */
  readonly entries: Stream.Stream<PlanEntry, E, R>
  /** Whether a file at the path is replaced. Default: false. */
  readonly overwrite?: boolean | undefined
}

/**
 * Writes a plan.
 *
 * **Details**
 *
 * The file has a line of JSON for its header, and then one for each entry, in the order of their user ids and session ids
 * by their bytes in UTF-8, each pair of ids once (the title is that of the first):
 *
 * ```json
 * {"plan":1,"baseUrl":"https://ai.data.cloud/api","selectedAt":"2026-01-02T03:04:05.000Z","selection":"all sessions of tmm-1","count":1,"kept":2,"digest":"…","check":"…"}
 * {"n":1,"userId":"tmm-1","sessionId":"04b6-11ef","title":"Q3","check":"…"}
 * ```
 *
 * - `digest` is the SHA-256 of a line `["tmm-1","04b6-11ef"]` for each entry, as `jq -c '[.userId,.sessionId]'` writes it.
 * - `check` is the beginning of the SHA-256 of the check before, a line break, and the line as it is without its check.
 *
 * It is written under another name in the same directory, synced, and then given its name, with the mode 600: it has the
 * ids of users and the titles of their sessions. When writing fails or is interrupted, there is no file. Sorting takes
 * place in a temporary file (of SQLite), so that the memory it takes does not depend on the number of entries.
 *
 * It fails with {@link PlanError}, and with whatever the stream of entries fails with.
 *
 * **Gotchas**
 *
 * - The checks tell mistakes: an edited line, half a file. They are no signature: who wants to can compute them anew.
 *   Who must rule that out keeps the digest where others cannot write.
 * - A process that is killed leaves a file `….partial`, which nothing reads.
 *
 * **Example** (Two sessions)
 *
 * ```ts
 * import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
 * import { SessionId, UserId } from "@powerdrill-sessions/core"
 * import { Plan, PlanEntry } from "@powerdrill-sessions/purge"
 * import { Effect, Stream } from "effect"
 *
 * const userId = UserId.make("tmm-1")
 * const program = Plan.write("plan.jsonl", {
 *   baseUrl: "https://ai.data.cloud/api",
 *   selection: "two that were asked for in ticket 4711",
 *   entries: Stream.make(
 *     new PlanEntry({ userId, sessionId: SessionId.make("04b6-11ef") }),
 *     new PlanEntry({ userId, sessionId: SessionId.make("5c7d-22f0") })
 *   )
 * }).pipe(
 *   Effect.tap(({ header }) => Effect.log(`${header.count} sessions, digest ${header.digest}`)),
 *   Effect.provide(NodeFileSystem.layer)
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const write = <E = never, R = never>(
  path: string,
  options: WriteOptions<E, R>
): Effect.Effect<Plan, E | PlanError, R | FileSystem.FileSystem> =>
  Effect.map(Writer.write(path, options), (header) => make(path, header))

/**
 * Opens a plan: reads the whole file once and checks all of it. With `baseUrl`, it must have been made for that server.
 *
 * **Details**
 *
 * It fails with {@link PlanRefused}, which names the first line that is wrong, or with {@link PlanError} where the file
 * cannot be read.
 *
 * **Example** (Before a run)
 *
 * ```ts
 * import { PowerdrillConfig } from "@powerdrill-sessions/core"
 * import { Plan } from "@powerdrill-sessions/purge"
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { baseUrl } = yield* PowerdrillConfig
 *   const plan = yield* Plan.open("plan.jsonl", { baseUrl })
 *   yield* Stream.runForEach(plan.entries, ({ n, sessionId, title }) => Effect.log(n, sessionId, title ?? ""))
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function* (
  path: string,
  options: { readonly baseUrl?: string | undefined } = {}
): Effect.fn.Return<Plan, PlanRefused | PlanError, FileSystem.FileSystem | Scope.Scope> {
  const reader = Reader.make(path, options)
  const readSome = yield* begin(path, reader)
  while ((yield* readSome) !== undefined);
  return make(path, yield* Effect.fromResult(reader.end()))
}, Effect.scoped)

const make = (path: string, header: Header): Plan => ({
  path,
  header,
  entries: Stream.fromPull(
    Effect.gen(function* () {
      const reader = Reader.make(path, { header })
      const readSome = yield* begin(path, reader)
      return Effect.gen(function* () {
        for (let some = yield* readSome; some !== undefined; some = yield* readSome) {
          if (Array.isReadonlyArrayNonEmpty(some)) return some
        }
        yield* Effect.fromResult(reader.end())
        return yield* Cause.done()
      })
    })
  ).pipe(Stream.scoped)
})

/** Opens the file. What it gives reads a piece of it, and nothing at its end. */
const begin = Effect.fnUntraced(function* (
  path: string,
  reader: Reader.PlanReader
): Effect.fn.Return<
  Effect.Effect<ReadonlyArray<Entry> | undefined, PlanRefused | PlanError>,
  PlanError,
  FileSystem.FileSystem | Scope.Scope
> {
  const readable = failsAs(path, "unreadable")
  const file = yield* readable(FileSystem.FileSystem.use((fs) => fs.open(path)))
  // One for all of it: a new one for each piece would wait for the garbage collector.
  const piece = new Uint8Array(65_536)
  return Effect.gen(function* () {
    const size = Number(yield* readable(file.read(piece)))
    return size === 0 ? undefined : yield* Effect.fromResult(reader.read(piece.subarray(0, size)))
  })
})
