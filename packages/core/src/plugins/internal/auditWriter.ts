/**
 * Writes the lines of an audit log, one after the other, so that each is on the disk before its writer goes on.
 *
 * What waits is written together: a disk takes as long for one line as for a hundred. After anything has gone wrong, and
 * in the beginning, the end of the file is read before a line is added to it.
 */
import { DateTime, Deferred, Effect, FileSystem, type PlatformError, Stream } from "effect"
import type { Digest } from "effect/crypto"
import { nextName, rotated } from "./auditFiles.ts"
import {
  concat,
  type Dated,
  encode,
  type Entry,
  genesis,
  type Head,
  longest,
  newline,
  parse,
  sha256,
  widest
} from "./auditLine.ts"
import { AuditLogError } from "./auditLogError.ts"

export interface Writer {
  /** Succeeds when the line is on the disk. */
  readonly append: (entry: Entry) => Effect.Effect<void, AuditLogError>
}

export const make = Effect.fnUntraced(function* (
  path: string,
  maxBytes: number
): Effect.fn.Return<Writer, AuditLogError, FileSystem.FileSystem | Digest.Digest> {
  const context = yield* Effect.context<FileSystem.FileSystem | Digest.Digest>()
  const fs = yield* FileSystem.FileSystem
  let writing = false
  const waiting: Array<{ readonly entry: Dated; readonly done: Deferred.Deferred<void, AuditLogError> }> = []

  // The last line that is known to be on the disk, how long its file is, and whether the file may have more.
  let head = genesis
  let size = 0
  let settled = false
  // What makes it impossible to go on.
  let refusal: AuditLogError | undefined

  const changed = (detail: string) =>
    Effect.suspend(() => (refusal = new AuditLogError({ path, reason: "changed", detail })))

  /** Adds to the file, which must be as it was left, before and after. */
  const put = (bytes: Uint8Array) =>
    Effect.scoped(
      Effect.gen(function* () {
        const file = yield* fs.open(path, { flag: "a", mode: 0o600 })
        const before = Number((yield* file.stat).size)
        if (before !== size) return yield* changed(`it has ${before} bytes instead of ${size}`)
        yield* file.writeAll(bytes)
        yield* file.sync
        const after = Number((yield* file.stat).size)
        size += bytes.length
        if (after !== size) return yield* changed(`it has ${after} bytes instead of ${size}`)
      })
    )

  /** Finds out where the file ends, and closes off a line that was cut short. */
  const settle = Effect.gen(function* () {
    yield* Effect.scoped(fs.open(path, { flag: "a", mode: 0o600 }))
    const end = yield* endOf(path)
    const last = end.head ?? (yield* lastOfRotated(path))
    if (last.count < head.count || (last.count === head.count && last.hash !== head.hash)) {
      return yield* changed(`line ${head.count}, which was written, is gone`)
    }
    head = last
    size = end.size
    if (end.whole) {
      if (!end.terminated) yield* put(lineBreak)
      return
    }
    const rest = end.terminated ? end.rest : concat([end.rest, lineBreak])
    const at = DateTime.formatIso(yield* DateTime.now)
    const mark = { at, kind: "torn", bytes: rest.length, sha256: yield* sha256(rest) } as const
    const line = yield* encode(head, mark)
    yield* put(concat([...(end.terminated ? [] : [lineBreak]), line.bytes]))
    head = line.next
  })

  /** Writes what fits into the file, and tells how many lines that were. */
  const writeSome = Effect.fnUntraced(function* (batch: ReadonlyArray<{ readonly entry: Dated }>) {
    if (refusal !== undefined) return yield* refusal
    if (!settled) yield* settle
    settled = false
    const lines: Array<Uint8Array> = []
    let [last, length] = [head, size]
    for (const { entry } of batch) {
      const line = yield* encode(last, entry)
      if (length > 0 && length + line.bytes.length > maxBytes) break
      lines.push(line.bytes)
      last = line.next
      length += line.bytes.length
    }
    if (lines.length === 0) {
      yield* fs.rename(path, yield* nextName(path))
      size = 0
    } else {
      yield* put(concat(lines))
      head = last
    }
    settled = true
    return lines.length
  }, unwritable(path))

  // On a fiber of its own: a caller who goes away half-way would leave half a line.
  const writeAll = Effect.gen(function* () {
    while (waiting.length > 0) {
      const batch = waiting.splice(0)
      while (batch.length > 0) {
        const exit = yield* Effect.exit(writeSome(batch))
        const ended = batch.splice(0, exit._tag === "Success" ? exit.value : batch.length)
        for (const { done } of ended) Deferred.doneUnsafe(done, Effect.asVoid(exit))
      }
    }
    writing = false
  }).pipe(Effect.provideContext(context))

  const start = Effect.suspend(() => {
    if (writing) return Effect.void
    writing = true
    return Effect.forkDetach(writeAll)
  }).pipe(Effect.uninterruptible)

  yield* settle.pipe(unwritable(path))
  settled = true

  return {
    append: Effect.fnUntraced(function* (entry) {
      const at = DateTime.formatIso(yield* DateTime.now)
      if (JSON.stringify(entry).length * 3 > longest - 512) {
        return yield* new AuditLogError({ path, reason: "too-long", detail: "the ids are too long" })
      }
      const done = Deferred.makeUnsafe<void, AuditLogError>()
      waiting.push({ entry: { at, ...entry }, done })
      yield* start
      yield* Deferred.await(done)
    })
  }
})

const lineBreak = Uint8Array.of(newline)

interface End {
  readonly size: number
  /** The last whole line of the file, where it has one. */
  readonly head: Head | undefined
  /** What stands after it. */
  readonly rest: Uint8Array
  /** Nothing does. */
  readonly whole: boolean
  /** Whether the file ends with a line break, or is empty. */
  readonly terminated: boolean
}

const endOf = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const size = Number((yield* fs.stat(path)).size)
  const offset = Math.max(0, size - widest)
  const tail = concat(yield* Stream.runCollect(fs.stream(path, { offset })))
  const terminated = tail.length === 0 || tail.at(-1) === newline
  const end = (head: Head | undefined, rest: Uint8Array): End => ({
    size: offset + tail.length,
    head,
    rest,
    whole: rest.length === 0,
    terminated
  })
  // From the last line to the first one that is surely seen from its beginning.
  let next = tail.length
  while (next > 0) {
    const stop = tail[next - 1] === newline ? next - 1 : next
    const start = tail.subarray(0, stop).lastIndexOf(newline) + 1
    if (start === 0 && offset > 0) break
    const parsed = yield* parse(tail.subarray(start, stop))
    if (parsed._tag === "Altered") {
      return yield* new AuditLogError({ path, reason: "damaged", detail: "a line at its end was altered" })
    }
    if (parsed._tag === "Whole") {
      const { hash, seq } = parsed.line
      return end({ count: seq, hash }, tail.subarray(next))
    }
    next = start
  }
  if (offset > 0) {
    return yield* new AuditLogError({ path, reason: "damaged", detail: `no line in its last ${widest} bytes` })
  }
  return end(undefined, tail)
})

/** The last line of the file before this one. */
const lastOfRotated = Effect.fnUntraced(function* (path: string) {
  const before = (yield* rotated(path)).at(-1)
  if (before === undefined) return genesis
  const { head, terminated, whole } = yield* endOf(before)
  return head !== undefined && whole && terminated
    ? head
    : yield* new AuditLogError({ path, reason: "damaged", detail: `${before} does not end with a whole line` })
})

const unwritable =
  (path: string) =>
  <A, R>(effect: Effect.Effect<A, PlatformError.PlatformError | AuditLogError, R>) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(
        new AuditLogError({
          path,
          reason: "unwritable",
          // The runtime's own words, such as "ENOSPC: no space left on device, write".
          detail: error.cause instanceof Error ? error.cause.message : error.message
        })
      )
    )
