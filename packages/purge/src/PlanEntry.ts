/**
 * One session of a plan, by what is sent to delete it.
 *
 * @since 0.1.0
 */
import { SessionId, UserId } from "@powerdrill-sessions/core"
import { Schema } from "effect"

/**
 * A session that is to be deleted: its id, whose it is, and its title for people who read the plan.
 *
 * **Gotchas**
 *
 * Nothing is decided by the title: it is what the session was called when it was selected, and may have another by now.
 *
 * **Example**
 *
 * ```ts
 * import { SessionId, UserId } from "@powerdrill-sessions/core"
 * import { PlanEntry } from "@powerdrill-sessions/purge"
 *
 * const entry = new PlanEntry({ sessionId: SessionId.make("04b6-11ef"), userId: UserId.make("tmm-1"), title: "Q3" })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class PlanEntry extends Schema.Class<PlanEntry>("@powerdrill-sessions/purge/PlanEntry")({
  sessionId: SessionId,
  userId: UserId,
  title: Schema.optional(Schema.String)
}) {}
