/**
 * A session as the API lists it.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"

// Only `id` is sure: of the rest, what is not as documented is left out, and never makes a session unreadable.
const lenient = <S extends Schema.Constraint>(schema: S) =>
  Schema.optionalKey(schema).pipe(Schema.catchDecoding(() => Effect.succeedNone))

/**
 * What the API tells of a session in a listing, and when it is read alone (the pages "Get sessions" and "Get session").
 *
 * **Details**
 *
 * `id` is as the server issued it, and never empty. All else is absent where the API leaves it out, or gives it in
 * another form than documented.
 *
 * **Gotchas**
 *
 * There are no times: the API gives none, here or elsewhere. So sessions cannot be selected by age.
 *
 * @category models
 * @since 0.1.0
 */
export class SessionSummary extends Schema.Class<SessionSummary>("@powerdrill-sessions/core/SessionSummary")({
  id: Schema.NonEmptyString,
  title: lenient(Schema.String),
  /** Whose session it is. */
  userId: lenient(Schema.String),
  agentId: lenient(Schema.String),
  jobMode: lenient(Schema.String),
  languageType: lenient(Schema.String),
  maxMessagesInContext: lenient(Schema.Finite)
}) {}
