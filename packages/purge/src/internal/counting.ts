/**
 * How many sessions there are of each kind.
 */
import type { Disposition } from "@powerdrill-sessions/core"
import { Schema } from "effect"
import type { Ledger } from "../Ledger.ts"
import type { Reading } from "../LedgerEntry.ts"
import { RequestRow, type State } from "./tables.ts"

/** What a request counts as. */
export interface Kind {
  readonly state: State
  readonly disposition: Disposition | null
  readonly error: string | null
}

export const noCounts: Ledger.Counts = {
  planned: 0,
  deleted: 0,
  notDeleted: 0,
  unknown: 0,
  vetoed: 0,
  unprocessed: 0,
  byDisposition: { deleted: 0, "absent-after-unknown": 0, "already-absent": 0 },
  byError: {}
}

export const add = (counts: Ledger.Counts, { disposition, error, state }: Kind, number: number): Ledger.Counts => ({
  ...counts,
  planned: counts.planned + number,
  [fields[state]]: counts[fields[state]] + number,
  byDisposition:
    disposition === null
      ? counts.byDisposition
      : { ...counts.byDisposition, [disposition]: counts.byDisposition[disposition] + number },
  byError: error === null ? counts.byError : tally(counts.byError, error, number)
})

/** How many requests have one thing in common. */
export const CountRow = Schema.Struct({
  state: RequestRow.fields.state,
  disposition: RequestRow.fields.disposition,
  error: RequestRow.fields.error,
  count: Schema.Int
})

export const toCounts = (rows: ReadonlyArray<typeof CountRow.Type>): Ledger.Counts =>
  rows.reduce((counts, row) => add(counts, row, row.count), noCounts)

const fields = {
  planned: "unprocessed",
  // Sent, and no answer is on record.
  intended: "unknown",
  deleted: "deleted",
  "not-deleted": "notDeleted",
  unknown: "unknown",
  vetoed: "vetoed"
} as const

const tally = (tallies: Readonly<Record<string, number>>, key: string, number: number) => {
  const { [key]: before = 0, ...others } = tallies
  return before + number === 0 ? others : { ...others, [key]: before + number }
}

/** What was found of a request since its last outcome. */
export const readingOf = ({ entry, reading, reading_entry }: RequestRow): Reading | null =>
  reading_entry !== null && reading_entry > (entry ?? 0) ? reading : null

export const ReadingRow = Schema.Struct({ reading: RequestRow.fields.reading, count: Schema.Int })

export const toReadings = (rows: ReadonlyArray<typeof ReadingRow.Type>): Ledger.Readings => {
  const of = (reading: Reading | null) => rows.find((row) => row.reading === reading)?.count ?? 0
  return {
    acknowledged: of(null),
    verifiedAbsent: of("absent"),
    stillThere: of("present"),
    reappeared: of("reappeared"),
    notCheckable: of("unclear")
  }
}
