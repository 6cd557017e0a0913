/**
 * Reads a plan as its bytes come in, and stops at the first line that is not what was written.
 *
 * Whole pieces of the file are read at once: a plan may have a million lines.
 */
import { Bytes, Predicate, Result } from "effect"
import { PlanRefused } from "../PlanError.ts"
import {
  bodyOf,
  canonical,
  check,
  type Entry,
  type Header,
  headerBody,
  parseEntry,
  parseHeader,
  toLine
} from "./planLine.ts"
import { quote } from "./quote.ts"
import { digester } from "./sha256.ts"
import { utf8Order } from "./utf8Order.ts"

/** No line is longer, in bytes. */
export const longest = 1_048_576

export interface PlanReader {
  /** The entries on the lines that end in these bytes. */
  readonly read: (bytes: Uint8Array) => Result.Result<ReadonlyArray<Entry>, PlanRefused>
  /** There are no more. */
  readonly end: () => Result.Result<typeof Header.Type, PlanRefused>
}

export interface Expected {
  readonly baseUrl?: string | undefined
  /** The plan that was opened. */
  readonly header?: typeof Header.Type | undefined
}

export const make = (path: string, expected: Expected): PlanReader => {
  let begun: Uint8Array = new Uint8Array()
  let lines = 0
  let header: typeof Header.Type | undefined
  let before = ""
  let last: Entry | undefined
  const digest = digester()

  const refuse = (reason: PlanRefused["reason"], detail: string, atLine = lines) =>
    Result.fail(new PlanRefused({ path, atLine, reason, detail }))

  const readHeader = (line: string) => {
    const [, version] = /^\{"plan":(\d+),/.exec(line) ?? []
    if (version === undefined) return refuse("not-a-plan", "it does not begin as a plan does")
    if (version !== "1") return refuse("version", `the plan has the version ${version}, and 1 can be read`)
    const body = bodyOf(line)
    before = check(body)
    const parsed = toLine(body, before) === line ? parseHeader(body) : unlike
    if (Result.isFailure(parsed)) return refuse("altered", "the header is not as it was written")
    header = parsed.success
    if (expected.baseUrl !== undefined && expected.baseUrl !== header.baseUrl) {
      return refuse("base-url", `it was made for ${quote(header.baseUrl)}, and not for ${quote(expected.baseUrl)}`)
    }
    return expected.header === undefined || headerBody(expected.header) === body
      ? Result.succeed(undefined)
      : refuse("changed", "it is a plan, but not the one that was opened")
  }

  const readEntry = (line: string, { count }: typeof Header.Type) => {
    const n = lines - 1
    if (n > count) return refuse("added", `the plan has ${entries(count)} and ends before it`)
    const body = bodyOf(line)
    const own = check(body, before)
    if (toLine(body, own) !== line) {
      const found = Result.getOrElse(numberOn(line), () => n)
      if (found > n) return refuse("missing", `it is entry ${found}, and entry ${n} belongs here`)
      return found < n
        ? refuse("added", `it is entry ${found}, which belongs before it, and entry ${n} belongs here`)
        : refuse("altered", "it is not as it was written")
    }
    before = own
    const parsed = parseEntry(body)
    if (Result.isFailure(parsed) || parsed.success.n !== n) return refuse("altered", "it is no line that a plan has")
    const entry = parsed.success
    if (last !== undefined && order(last, entry) >= 0) return refuse("altered", "it is not in order")
    last = entry
    return Result.succeed(entry)
  }

  const readLine = (line: string | undefined): Result.Result<Entry | undefined, PlanRefused> => {
    lines++
    if (line === undefined) return refuse(lines === 1 ? "converted" : "altered", "it is not text in UTF-8")
    if (line.startsWith("\ufeff")) return refuse("converted", "it begins with a byte order mark")
    if (line.endsWith("\r")) return refuse("converted", "it ends with CR and LF, and was written with LF")
    return header === undefined ? readHeader(line) : readEntry(line, header)
  }

  return {
    read: (bytes) => {
      const all = begun.length === 0 ? bytes : Bytes.concat([begun, bytes])
      const stop = all.lastIndexOf(newline) + 1
      begun = all.slice(stop)
      const found: Array<Entry> = []
      let listed = ""
      for (const line of toLines(all.subarray(0, stop))) {
        const entry = readLine(line)
        if (Result.isFailure(entry)) return Result.fail(entry.failure)
        if (entry.success === undefined) continue
        found.push(entry.success)
        listed += canonical(entry.success.userId, entry.success.sessionId)
      }
      digest.update(listed)
      if (begun.length > longest) {
        const reason = lines === 0 ? "not-a-plan" : "altered"
        return refuse(reason, "it is longer than any line of a plan", lines + 1)
      }
      return Result.succeed(found)
    },
    end: () => {
      if (begun.length > 0) {
        const [rest] = toLines(Bytes.concat([begun, Uint8Array.of(newline)]))
        const read = readLine(rest)
        if (Result.isSuccess(read)) return refuse("converted", "the line break at its end is not there")
        return read.failure.reason === "altered" ? refuse("missing", "it is cut short") : Result.fail(read.failure)
      }
      if (header === undefined) return refuse("not-a-plan", "the file is empty", 1)
      if (lines <= header.count) {
        return refuse(
          "missing",
          `the plan has ${entries(header.count)}, and the file ends after ${lines - 1}`,
          lines + 1
        )
      }
      return digest.digest() === header.digest
        ? Result.succeed(header)
        : refuse("altered", "its digest is not that of the entries", 1)
    }
  }
}

const newline = 10

const unlike = Result.fail("its check is wrong")

const entries = (count: number) => (count === 1 ? "1 entry" : `${count} entries`)

const order = (one: Entry, other: Entry) =>
  utf8Order(one.userId, other.userId) || utf8Order(one.sessionId, other.sessionId)

/** Which entry a line seems to be, though it is not as it was written. */
const numberOn = (line: string): Result.Result<number, unknown> => {
  const [, n] = /^\{"n":([1-9]\d{0,14}),/.exec(line) ?? []
  return Predicate.isUndefined(n) ? Result.fail(undefined) : Result.succeed(Number(n))
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const decode = (bytes: Uint8Array) => Result.getOrUndefined(Result.try(() => decoder.decode(bytes)))

/** Whole lines, each without its line break; `undefined` is one that is no text. */
const toLines = (bytes: Uint8Array): ReadonlyArray<string | undefined> => {
  if (bytes.length === 0) return []
  const text = decode(bytes)
  if (text !== undefined) return text.slice(0, -1).split("\n")
  const lines: Array<string | undefined> = []
  for (let start = 0, stop = 0; start < bytes.length; start = stop + 1) {
    stop = bytes.indexOf(newline, start)
    lines.push(decode(bytes.subarray(start, stop)))
  }
  return lines
}
