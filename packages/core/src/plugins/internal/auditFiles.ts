/**
 * The files of an audit log: the one that is written, and those it was renamed to when they were full: `audit.jsonl.1` is
 * the oldest.
 */
import { Effect, FileSystem } from "effect"

/** The numbers that are taken, and those of files that can be read, both in order. */
const list = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1
  const name = path.slice(cut)
  const files = yield* fs.readDirectory(cut === 0 ? "." : path.slice(0, cut))
  return files.flatMap((file) => {
    // One that has been compressed since keeps its number.
    const [, number, suffix] =
      (file.startsWith(`${name}.`) && /^\.([1-9]\d*)(\..*)?$/.exec(file.slice(name.length))) || []
    return number === undefined ? [] : [{ number: Number(number), readable: suffix === undefined }]
  })
})

/** The full ones, oldest first. */
export const rotated = (path: string) =>
  Effect.map(list(path), (files) =>
    files
      .filter(({ readable }) => readable)
      .map(({ number }) => number)
      .toSorted((one, other) => one - other)
      .map((number) => `${path}.${number}`)
  )

/** A name that no file has, nor had while a later one is there. */
export const nextName = (path: string) =>
  Effect.map(list(path), (files) => `${path}.${Math.max(0, ...files.map(({ number }) => number)) + 1}`)
