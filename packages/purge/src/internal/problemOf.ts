/**
 * What it means for a ledger that its database has failed.
 */
import type { SqlError } from "effect/sql"
import { LedgerError, type LedgerProblem } from "../LedgerError.ts"

/** As SQLite words them; what is not known here is `unavailable`. */
const words: ReadonlyArray<readonly [RegExp, LedgerProblem, string]> = [
  [/disk is full|no space left|quota/i, "full", "There is no room to write the ledger."],
  [/malformed|not a database|corrupt|no such (?:table|column)/i, "unreadable", "The ledger cannot be read."]
]

/** Whether somebody else has what was asked for. */
export const isLocked = ({ reason }: SqlError.SqlError): boolean =>
  reason._tag === "LockTimeoutError" || /database is locked/i.test(reason.message)

export const problemOf = (error: SqlError.SqlError): LedgerError => {
  const said = error.reason.message
  const [, problem, sentence] = words.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    "unavailable" as const,
    "The ledger's database does not do what it is asked."
  ]
  return new LedgerError({ problem, detail: `${sentence} It says: ${said.replace(/\.?$/, ".")}` })
}
