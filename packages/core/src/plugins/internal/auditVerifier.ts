/**
 * Reads the files of an audit log from their beginning, line by line, and follows the chain.
 */
import { Data, Effect, FileSystem, type PlatformError, Stream } from "effect"
import type { Digest } from "effect/crypto"
import { quote } from "../../internal/prose.ts"
import type { AuditReport } from "../AuditLog.ts"
import { rotated } from "./auditFiles.ts"
import { type AuditLine, concat, genesis, type Head, newline, parse, sha256, widest } from "./auditLine.ts"

type Kind = AuditReport.Broken["kind"]

const explain: Record<Kind, string> = {
  altered: "its bytes are not those that were written",
  foreign: "it was not written by an audit log, or is no longer what was",
  missing: "a line that belongs before it is not there",
  reordered: "it is there a second time, or stands after one that came later",
  rewritten: "it is not the line that was written there",
  torn: "it was cut short and not closed off"
}

/** Ends the reading. */
class Found extends Data.TaggedError("Found")<{
  readonly kind: Kind
  readonly file: string
  readonly line: number
}> {}

export const verify = Effect.fnUntraced(function* (
  path: string,
  { after = genesis, expected }: { readonly after?: Head | undefined; readonly expected?: Head | undefined }
): Effect.fn.Return<AuditReport, PlatformError.PlatformError, FileSystem.FileSystem | Digest.Digest> {
  const fs = yield* FileSystem.FileSystem
  const files = yield* rotated(path)
  // A full file has been renamed, and the next one has no line yet; but one that never was is no log.
  if (files.length === 0 || (yield* fs.exists(path))) files.push(path)

  let { count, hash } = after
  let torn = 0
  const open = new Map<string, AuditReport.Intent>()
  let position = { file: path, line: 0 }
  // What is no line, and where it begins: the next line must vouch for it.
  let gap: { readonly parts: Array<Uint8Array>; size: number; readonly file: string; readonly line: number } | undefined

  const broken = (kind: Kind, at: { readonly file: string; readonly line: number }) =>
    Effect.fail(new Found({ kind, file: at.file, line: at.line }))

  const follow = Effect.fnUntraced(function* (line: AuditLine) {
    if (line.seq > count + 1) return yield* broken("missing", position)
    if (line.seq <= count) return yield* broken("reordered", position)
    if (line.prev !== hash) return yield* broken("rewritten", position)
    if (line.seq === expected?.count && line.hash !== expected.hash) return yield* broken("rewritten", position)
    count = line.seq
    hash = line.hash
    if (line.kind === "torn") torn++
    if (line.kind === "outcome") open.delete(line.id)
    if (line.kind === "intent") {
      const { at, id, sessionId } = line
      open.set(id, { id, sessionId, at, ...position })
    }
  })

  /** A line with its line break. */
  const read = Effect.fnUntraced(function* (bytes: Uint8Array) {
    position = { ...position, line: position.line + 1 }
    const parsed = yield* parse(bytes.subarray(0, -1))
    if (parsed._tag === "Foreign") {
      gap ??= { ...position, parts: [], size: 0 }
      gap.parts.push(bytes)
      gap.size += bytes.length
      return gap.size > widest ? yield* broken("foreign", gap) : undefined
    }
    if (gap !== undefined) {
      if (parsed._tag === "Altered" || parsed.line.kind !== "torn") return yield* broken("foreign", gap)
      if ((yield* sha256(concat(gap.parts))) !== parsed.line.sha256) return yield* broken("altered", gap)
      gap = undefined
    } else if (parsed._tag === "Altered") {
      return yield* broken("altered", position)
    } else if (parsed.line.kind === "torn") {
      return yield* broken("missing", position)
    }
    yield* follow(parsed.line)
  })

  const readFile = Effect.fnUntraced(function* (file: string) {
    position = { file, line: 0 }
    let begun: Uint8Array = new Uint8Array()
    yield* Stream.runForEach(
      fs.stream(file),
      Effect.fnUntraced(function* (chunk) {
        let rest = concat([begun, chunk])
        for (let stop = rest.indexOf(newline); stop >= 0; stop = rest.indexOf(newline)) {
          yield* read(rest.subarray(0, stop + 1))
          rest = rest.subarray(stop + 1)
        }
        if (rest.length > widest) return yield* broken("foreign", { file, line: position.line + 1 })
        begun = rest
      })
    )
    if (gap !== undefined || begun.length > 0) {
      return yield* broken("torn", gap ?? { file, line: position.line + 1 })
    }
  })

  const whole = Effect.gen(function* () {
    for (const file of files) yield* readFile(file)
    if (expected !== undefined && count < expected.count) {
      return yield* broken("missing", { ...position, line: position.line + 1 })
    }
    const intact: AuditReport = { _tag: "Intact", files, head: { count, hash }, torn, open: [...open.values()] }
    return intact
  })
  return yield* Effect.catchTag(whole, "Found", ({ file, kind, line }) => {
    const message = `Line ${line} of ${quote(file)} is ${kind}: ${explain[kind]}.`
    const report: AuditReport = { _tag: "Broken", kind, file, line, head: { count, hash }, message }
    return Effect.succeed(report)
  })
})
