/**
 * What the answers to reads hold: a page of sessions, or one. Decoded leniently, as only a session's `id` is sure; but what
 * cannot be read as a whole is not read in part, so that no session is passed over in silence.
 */
import { Option, Schema } from "effect"
import { SessionSummary } from "../SessionSummary.ts"

/** A page of a listing. */
export interface Page {
  /** How many sessions there are on all pages: the examples of the API count sessions, its text says pages. */
  readonly total: number
  /** How many there are on a page, as the server says: it may be less than was asked for. */
  readonly pageSize: number | undefined
  readonly records: ReadonlyArray<SessionSummary>
}

const decodePage = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({
      data: Schema.Struct({
        total: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
        pageSize: Schema.optional(Schema.Unknown),
        // An empty one may be null.
        records: Schema.NullOr(Schema.Array(SessionSummary))
      })
    })
  )
)

const isSize = Schema.is(Schema.Int.check(Schema.isGreaterThan(0)))

/** The page in a body; none where that is not one, or has a session without an id. */
export const pageOf = (body: string): Option.Option<Page> =>
  Option.map(decodePage(body), ({ data: { pageSize, records, total } }) => ({
    total,
    pageSize: isSize(pageSize) ? pageSize : undefined,
    records: records ?? []
  }))

const decodeSummary = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ data: SessionSummary })))

/** The session in a body. */
export const summaryOf = (body: string): Option.Option<SessionSummary> =>
  Option.map(decodeSummary(body), ({ data }) => data)
