/**
 * What is known after a delete has succeeded.
 *
 * @since 0.1.0
 */

/**
 * How a session is known to be gone.
 *
 * **Details**
 *
 * - `deleted`: the API acknowledged this call's delete.
 * - `absent-after-unknown`: an attempt of this call had no trustworthy answer, and a later one found nothing. A session
 *   id is never issued twice, so the session is gone.
 * - `already-absent`: the first answer was "not found", and the caller used `ensureDeleted`.
 *
 * @category models
 * @since 0.1.0
 */
export type Disposition = "deleted" | "absent-after-unknown" | "already-absent"

/**
 * Proof that a session is gone, as good as the API gives it: a frozen plain object.
 *
 * @category models
 * @since 0.1.0
 */
export interface Receipt {
  readonly sessionId: string
  readonly userId: string
  /** How the session is known to be gone. */
  readonly disposition: Disposition
  /** Whether the session was read afterwards and found absent: see `verify` in `SessionsOptions`. */
  readonly verified: boolean
  /** The API's trace id of the answer that settled it, from the header `x-pd-trace-id`. */
  readonly traceId?: string
  /** The trace id that the caller chose. */
  readonly externalTraceId?: string
  /** How many times the delete was sent. */
  readonly attempts: number
  /** When the call began, on the caller's clock. */
  readonly startedAt: Date
  /** When the answer that settled it had been read, on the caller's clock. */
  readonly finishedAt: Date
}
