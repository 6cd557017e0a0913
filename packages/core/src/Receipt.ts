/**
 * What is known after a delete has succeeded.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { SessionId, UserId } from "./DeleteRequest.ts"

/**
 * How a session is known to be gone.
 *
 * **Details**
 *
 * - `deleted`: the API acknowledged this call's delete.
 * - `absent-after-unknown`: an attempt of this call, or an earlier call (`afterUnknown`), had no trustworthy answer, and a
 *   later one found nothing. A session id is never issued twice, so the session is gone.
 * - `already-absent`: the first answer was "not found", and the caller used `ensureDeleted`.
 *
 * @category models
 * @since 0.1.0
 */
export const Disposition = Schema.Literals(["deleted", "absent-after-unknown", "already-absent"])

/**
 * @category models
 * @since 0.1.0
 */
export type Disposition = typeof Disposition.Type

/**
 * Proof that a session is gone, as good as the API gives it. Encodes to plain JSON and back without loss.
 *
 * @category models
 * @since 0.1.0
 */
export class Receipt extends Schema.Class<Receipt>("@powerdrill-sessions/core/Receipt")({
  sessionId: SessionId,
  userId: UserId,
  /** How the session is known to be gone. */
  disposition: Disposition,
  /** Whether the session was read afterwards and found absent: see `verify` in `PowerdrillConfig`. */
  verified: Schema.Boolean,
  /** The API's trace id of the answer that settled it, from the header `x-pd-trace-id`. */
  traceId: Schema.optionalKey(Schema.String),
  /** The trace id that the caller chose. */
  externalTraceId: Schema.optionalKey(Schema.String),
  /** How many times the delete was sent. */
  attempts: Schema.Int,
  /** When the call began, on the caller's clock. */
  startedAt: Schema.DateTimeUtcFromString,
  /** When the answer that settled it had been read, on the caller's clock. */
  finishedAt: Schema.DateTimeUtcFromString
}) {}
