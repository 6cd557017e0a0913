import { Schema } from "effect"
import { quote } from "../../internal/prose.ts"

const what = {
  unwritable: "cannot be written",
  changed: "is not as this process has left it",
  damaged: "does not end as an audit log ends",
  "too-long": "has no room for a line that long"
}

/**
 * An audit log that cannot be gone on with.
 *
 * **Details**
 *
 * - `unwritable`: the file system says no: the disk is full, the directory is gone, it is not permitted.
 * - `changed`: something else has written to the file, or cut, moved or replaced it, while this process uses it.
 * - `damaged`: the end of the file, or of the file before it, was altered. A line that was cut short is no damage.
 * - `too-long`: with these ids the line would be longer than 64 KiB.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuditLogError extends Schema.TaggedError<AuditLogError>()("AuditLogError", {
  path: Schema.String,
  reason: Schema.Literals(["unwritable", "changed", "damaged", "too-long"]),
  /** What was found, or what the file system says. */
  detail: Schema.String
}) {
  override get message() {
    return `The audit log ${quote(this.path)} ${what[this.reason]}: ${this.detail}.`
  }
}
