/**
 * Why a plan is not purged, or not verified.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A plan that is not purged: nothing was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class PurgeRefused extends Schema.TaggedError<PurgeRefused>()("PurgeRefused", {
  reason: Schema.Literals(["too-many", "cancelled", "other-plan", "other-server", "invalid-option"]),
  detail: Schema.String
}) {
  override get message() {
    return `${this.detail} Nothing was sent.`
  }
}
