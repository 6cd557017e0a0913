/**
 * How a call has ended, without exceptions.
 *
 * @since 0.1.0
 */
import type { Receipt } from "./Receipt.ts"
import type { SessionsError } from "./SessionsError.ts"

/**
 * How a call under `try` has ended.
 *
 * @category models
 * @since 0.1.0
 */
export type DeleteResult<E extends SessionsError = SessionsError> =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly error: E }
