/**
 * Why a ledger cannot be used, or cannot be used any further.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * What is wrong with a ledger.
 *
 * **Details**
 *
 * - `held`: another process purges by it.
 * - `other-plan`: it is the ledger of another plan.
 * - `missing`: there is none.
 * - `altered`: what it says was changed by other means than a purge.
 * - `full`: there is no room to write.
 * - `unreadable`: it is no database, or a damaged one.
 * - `unavailable`: the database does not do what it is asked, for another reason.
 *
 * @category models
 * @since 0.1.0
 */
export const LedgerProblem = Schema.Literals([
  "held",
  "other-plan",
  "missing",
  "altered",
  "full",
  "unreadable",
  "unavailable"
])

/**
 * @category models
 * @since 0.1.0
 */
export type LedgerProblem = typeof LedgerProblem.Type

/**
 * A ledger cannot be used, or not any further: nothing more is sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class LedgerError extends Schema.TaggedError<LedgerError>()("LedgerError", {
  problem: LedgerProblem,
  /** What was found: a sentence. */
  detail: Schema.String,
  /** The entry that gives it away, where one does, counted from 1. */
  entry: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    return `${this.detail} ${advice[this.problem]}`
  }
  override toJSON(): object {
    return { ...this, message: this.message }
  }
}

const advice: Record<LedgerProblem, string> = {
  held: "Nothing more is sent. Wait for it to end, or use `status`, `pause` and `cancel`.",
  "other-plan": "Nothing was sent. Put each plan beside a ledger of its own.",
  missing: "Nothing was sent. A ledger begins with the first purge of a plan.",
  altered: "Nothing more is sent. Restore the ledger from a copy; what it says can no longer be relied on.",
  full: "Nothing more is sent. Make room, then run the same purge again: it goes on where it stopped.",
  unreadable: "Nothing more is sent. Restore the ledger from a copy; do not begin a new one for the same plan.",
  unavailable: "Nothing more is sent. When the database is well again, run the same purge again."
}
