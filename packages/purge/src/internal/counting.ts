/**
 * How many sessions there are of each kind.
 */
import type { Disposition } from "@powerdrill-sessions/core"
import type { Ledger } from "../Ledger.ts"
import type { State } from "./tables.ts"

/** What a request counts as. */
export interface Kind {
  readonly state: State
  readonly disposition: Disposition | null
  readonly error: string | null
}

export const none: Ledger.Counts = {
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
