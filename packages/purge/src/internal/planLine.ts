/**
 * The lines of a plan: what they say, and the checks that chain each to the one before.
 *
 * A line has one spelling. What is read is written anew and compared, so that no two readers can understand it differently.
 */
import { Result, Schema } from "effect"
import { PlanEntry } from "../PlanEntry.ts"
import { sha256 } from "./sha256.ts"

const Digest = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Header = Schema.Struct({
  baseUrl: Schema.String,
  selectedAt: Schema.DateTimeUtcFromString,
  selection: Schema.String,
  count: Count,
  kept: Count,
  digest: Digest
})

export class Entry extends PlanEntry.extend<Entry>("@powerdrill-sessions/purge/Plan/Entry")({
  /** Its place in the plan, counted from 1: it is on line n + 1. */
  n: Schema.Int
}) {}

const encodeHeader = Schema.encodeSync(Header)
const decodeHeader = Schema.decodeUnknownResult(Header)
const decodeEntry = Schema.decodeUnknownResult(Entry)

/** A line without its check. */
export const headerBody = (header: typeof Header.Type): string => {
  const { baseUrl, count, digest, kept, selectedAt, selection } = encodeHeader(header)
  return JSON.stringify({ plan: 1, baseUrl, selectedAt, selection, count, kept, digest })
}

/** What of it does not depend on its place: it follows the `n`. */
export const entryRest = ({ sessionId, title, userId }: PlanEntry): string =>
  JSON.stringify({ userId, sessionId, title }).slice(1)

export const entryBody = (n: number, rest: string): string => `{"n":${n},${rest}`

/** What the digest is over. */
export const canonical = (userId: string, sessionId: string): string => `${JSON.stringify([userId, sessionId])}\n`

/** The header has no line before it. */
export const check = (body: string, before?: string): string =>
  sha256(before === undefined ? body : `${before}\n${body}`).slice(0, checkLength)

const checkLength = 16
const opening = `,"check":"`
const tailLength = opening.length + checkLength + `"}`.length

export const toLine = (body: string, ownCheck: string): string => `${body.slice(0, -1)}${opening}${ownCheck}"}`

/** The line as it was before it had a check; it only is one if {@link toLine} makes the same of it. */
export const bodyOf = (line: string): string => `${line.slice(0, -tailLength)}}`

export const parseHeader = (body: string): Result.Result<typeof Header.Type, string> =>
  Result.filterOrFail(
    Result.mapError(Result.flatMap(parseJson(body), decodeHeader), () => notWritten),
    (header) => headerBody(header) === body,
    () => notWritten
  )

export const parseEntry = (body: string): Result.Result<Entry, string> =>
  Result.filterOrFail(
    Result.mapError(Result.flatMap(parseJson(body), decodeEntry), () => notWritten),
    (entry) => entryBody(entry.n, entryRest(entry)) === body,
    () => notWritten
  )

const notWritten = "it is no line that a plan has"

const parseJson = (text: string): Result.Result<unknown, unknown> => Result.try(() => JSON.parse(text))
