/**
 * Why a purge, or what belongs to it, cannot go on. A `switch` over `_tag` tells them apart, and so does `instanceof`.
 *
 * How the call for a single session has failed is no error of these: it is in the event of that session.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/purge"
import type { SessionsErrorClass } from "../FailedCall.ts"
import { InvalidConfig } from "../InvalidConfig.ts"

/**
 * A file that is not the plan that was written: nothing may be deleted by it.
 *
 * **Details**
 *
 * - `not-a-plan`: it does not begin as a plan does.
 * - `version`: it was written by a later version.
 * - `base-url`: it was made for another server.
 * - `converted`: an editor, a transfer or git has changed its line breaks or its encoding.
 * - `altered`: a line is not as it was written.
 * - `missing`: lines are not there, or the file ends too soon.
 * - `added`: a line was put in, put elsewhere or appended, or is there twice.
 * - `changed`: it is a plan, and not the one that was opened.
 *
 * @category errors
 * @since 0.1.0
 */
export interface PlanRefused extends Error {
  readonly _tag: "PlanRefused"
  readonly path: string
  /** The first line that is wrong, counted from 1: the header is line 1. */
  readonly atLine: number
  readonly reason: "not-a-plan" | "version" | "base-url" | "converted" | "altered" | "missing" | "added" | "changed"
  /** What was found there. */
  readonly detail: string
  toJSON(): object
}

/**
 * @category errors
 * @since 0.1.0
 */
export const PlanRefused: SessionsErrorClass<PlanRefused> = Core.Plan.PlanRefused

/**
 * A plan that cannot be written or read for reasons that are not in it. Where writing has failed, there is no plan.
 *
 * **Details**
 *
 * - `exists`: there is something at its path, which is not overwritten.
 * - `unwritable`: the file system says no: the disk is full, the directory is not there, it is not permitted.
 * - `unreadable`: there is no file, or it may not be read.
 * - `unsorted`: the temporary database in which entries are put in order has failed.
 * - `invalid-entry`: an entry has an id that no session or user can have, or is longer than a mebibyte.
 *
 * @category errors
 * @since 0.1.0
 */
export interface PlanError extends Error {
  readonly _tag: "PlanError"
  readonly path: string
  readonly reason: "exists" | "unwritable" | "unreadable" | "unsorted" | "invalid-entry"
  /** What the file system or the database says, such as `ENOSPC: no space left on device, write`. */
  readonly detail: string
  toJSON(): object
}

/**
 * @category errors
 * @since 0.1.0
 */
export const PlanError: SessionsErrorClass<PlanError> = Core.Plan.PlanError

/**
 * A ledger cannot be used, or not any further: nothing more is sent.
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
 * @category errors
 * @since 0.1.0
 */
export interface LedgerError extends Error {
  readonly _tag: "LedgerError"
  readonly problem: "held" | "other-plan" | "missing" | "altered" | "full" | "unreadable" | "unavailable"
  /** What was found: a sentence. */
  readonly detail: string
  /** The entry that gives it away, where one does, counted from 1. */
  readonly entry?: number
  toJSON(): object
}

/**
 * @category errors
 * @since 0.1.0
 */
export const LedgerError: SessionsErrorClass<LedgerError> = Core.LedgerError

/**
 * A purge that does not begin: nothing was sent.
 *
 * **Details**
 *
 * - `too-many`: the plan has more sessions than `maxDelete`.
 * - `not-confirmed`: `confirm` is not what confirms this plan.
 * - `cancelled`: it was cancelled; `resumePurge` takes that back.
 * - `other-plan`: the ledger is that of another plan.
 * - `other-server`: the plan was made for another server.
 * - `invalid-option`: a number is none that makes sense.
 * - `inside-hook`: a plugin's hook has asked for it, and a hook must not delete.
 * - `closed`: the client is closed.
 *
 * @category errors
 * @since 0.1.0
 */
export class PurgeRefused extends Error {
  readonly _tag = "PurgeRefused"
  readonly reason:
    | "too-many"
    | "not-confirmed"
    | "cancelled"
    | "other-plan"
    | "other-server"
    | "invalid-option"
    | "inside-hook"
    | "closed"
  /** What was found: a sentence. */
  readonly detail: string

  constructor(fields: { readonly reason: PurgeRefused["reason"]; readonly detail: string }) {
    super(`${fields.detail} Nothing was sent.`)
    this.reason = fields.reason
    this.detail = fields.detail
  }

  static {
    this.prototype.name = "PurgeRefused"
  }

  toJSON(): object {
    return { _tag: this._tag, reason: this.reason, detail: this.detail, message: this.message }
  }
}

/**
 * A purge that was stopped at once, with calls under way: the ledger has those as unknown.
 *
 * **Details**
 *
 * - `closed`: its client was closed.
 * - `defect`: something broke that should not be able to.
 *
 * @category errors
 * @since 0.1.0
 */
export class PurgeCutOff extends Error {
  readonly _tag = "PurgeCutOff"
  readonly reason: "closed" | "defect"
  /** What has happened: a sentence. */
  readonly detail: string

  constructor(fields: { readonly reason: PurgeCutOff["reason"]; readonly detail: string }) {
    super(
      `The purge was cut off: ${fields.detail} What became of the calls under way is not known. ` +
        "Run the same purge again: it goes on where it stopped."
    )
    this.reason = fields.reason
    this.detail = fields.detail
  }

  static {
    this.prototype.name = "PurgeCutOff"
  }

  toJSON(): object {
    return { _tag: this._tag, reason: this.reason, detail: this.detail, message: this.message }
  }
}

/**
 * Every way in which a purge and what belongs to it can fail. An option that cannot be used is `InvalidConfig`.
 *
 * @category errors
 * @since 0.1.0
 */
export type PurgeError = PlanRefused | PlanError | LedgerError | PurgeRefused | PurgeCutOff | InvalidConfig

/**
 * Tells whether a value is one of these errors: what was caught, for example.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPurgeError = (u: unknown): u is PurgeError =>
  [PlanRefused, PlanError, LedgerError, PurgeRefused, PurgeCutOff, InvalidConfig].some((error) => u instanceof error)
