/**
 * What is wrong with a selection.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { quote } from "./internal/quote.ts"

/**
 * A selection that cannot be used. Nothing was listed, and nothing is chosen.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSelection extends Schema.TaggedError<InvalidSelection>()("InvalidSelection", {
  /** The option that is wrong, such as `titleGlob`. */
  field: Schema.String,
  /** Which of several it is, counted from 1; of `Selection.idsOf` the line. */
  at: Schema.optionalKey(Schema.Int),
  /** The pattern or id that is wrong. */
  value: Schema.optionalKey(Schema.String),
  /** What is wrong, and what to write instead. */
  reason: Schema.String
}) {
  override get message() {
    const which = this.at === undefined ? "" : `, number ${this.at}`
    const value = this.value === undefined ? "" : ` (${quote(this.value)})`
    return `The selection cannot be used, and nothing was chosen: ${this.field}${which}${value}: ${this.reason}.`
  }
  override toJSON(): object {
    return { ...this, message: this.message }
  }
}
