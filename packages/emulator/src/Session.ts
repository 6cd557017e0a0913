/**
 * What the emulator holds: sessions, each belonging to a user and to a project.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A session as the API shows it.
 *
 * **Gotchas**
 *
 * A client of the real service should rely on `id` alone; the other fields are what its documentation shows.
 *
 * @since 0.1.0
 */
export const SessionRecord = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  languageType: Schema.String,
  jobMode: Schema.String,
  maxMessagesInContext: Schema.Int,
  agentId: Schema.String,
  userId: Schema.String
})

/**
 * A session as the emulator holds it: what the API shows, and the project API key it belongs to.
 *
 * @since 0.1.0
 */
export class Session extends Schema.Class<Session>("@powerdrill-sessions/emulator/Session")({
  ...SessionRecord.fields,
  apiKey: Schema.String
}) {}
