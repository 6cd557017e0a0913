/**
 * What is wrong with a plan, or with the file it is in.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { quote } from "./internal/quote.ts"

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
export class PlanRefused extends Schema.TaggedError<PlanRefused>()("PlanRefused", {
  path: Schema.String,
  /** The first line that is wrong, counted from 1: the header is line 1. (Bun's errors have a `line` of their own.) */
  atLine: Schema.Int,
  reason: Schema.Literals(["not-a-plan", "version", "base-url", "converted", "altered", "missing", "added", "changed"]),
  /** What was found there. */
  detail: Schema.String
}) {
  override get message() {
    return (
      `The plan ${quote(this.path)} is refused, and nothing may be deleted by it: line ${this.atLine}: ${this.detail}. ` +
      next[this.reason]
    )
  }
  override toJSON(): object {
    return { ...this, message: this.message }
  }
}

const again = "Write a new plan, or get the file again as it was written."

const next = {
  "not-a-plan": "Check the path.",
  version: "Use the version that has written it, or a later one.",
  "base-url": "Check the setting baseUrl, or write a plan for this server.",
  converted: "Copy the file again, in binary mode.",
  altered: again,
  missing: again,
  added: again,
  changed: "Open it again and look at what it says now."
} as const

/**
 * A plan that cannot be written or read for reasons that are not in it.
 *
 * **Details**
 *
 * - `exists`: there is something at its path, which is not overwritten.
 * - `unwritable`: the file system says no: the disk is full, the directory is not there, it is not permitted.
 * - `unreadable`: there is no file, or it may not be read.
 * - `unsorted`: the temporary database in which entries are put in order has failed.
 * - `invalid-entry`: an entry has an id that no session or user can have, or is longer than a mebibyte.
 *
 * Where writing has failed, there is no plan.
 *
 * @category errors
 * @since 0.1.0
 */
export class PlanError extends Schema.TaggedError<PlanError>()("PlanError", {
  path: Schema.String,
  reason: Schema.Literals(["exists", "unwritable", "unreadable", "unsorted", "invalid-entry"]),
  /** What the file system or the database says, such as `ENOSPC: no space left on device, write`. */
  detail: Schema.String
}) {
  override get message() {
    const [what, todo] = sentences[this.reason]
    return `The plan ${quote(this.path)} ${what} (${this.detail}). ${todo}`
  }
  override toJSON(): object {
    return { ...this, message: this.message }
  }
}

const sentences = {
  exists: ["was not written", "Choose another path, or say that it may be overwritten."],
  unwritable: ["could not be written", "Make room or choose another path, and write it again."],
  unreadable: ["could not be read", "Check the path and its permissions."],
  unsorted: ["was not written: its entries could not be put in order", "Make room where temporary files are kept."],
  "invalid-entry": ["was not written: one of its entries cannot be", "Correct it, and write the plan again."]
} as const
