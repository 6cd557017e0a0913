/**
 * A call that its signal has stopped.
 *
 * @since 0.1.0
 */
import type { FailedCall, FailedOutcome } from "./FailedCall.ts"
import { quote } from "./internal/quote.ts"

/**
 * The call's signal was aborted before the call had ended.
 *
 * **Details**
 *
 * Only the calls under `try` tell it this way; the others reject with the signal's reason itself, as `fetch` does.
 *
 * **Gotchas**
 *
 * Aborting takes nothing back. `outcome` is `not-deleted` where nothing was sent, or all that was sent had been refused;
 * else it is `unknown`: the API may have deleted the session, or may still do so. A call that had its receipt before the
 * signal was aborted succeeds.
 *
 * @category errors
 * @since 0.1.0
 */
export class Aborted extends Error implements FailedCall {
  readonly _tag = "Aborted"
  readonly sessionId: string
  readonly outcome: FailedOutcome
  /** The signal's reason: by default a `DOMException` with the name `AbortError`. */
  readonly reason: unknown

  constructor(fields: { readonly sessionId: string; readonly outcome: FailedOutcome; readonly reason: unknown }) {
    super(
      fields.outcome === "unknown"
        ? `It is not known whether session ${quote(fields.sessionId)} was deleted. The call was aborted, ` +
            "perhaps after its request had been sent. Ask again: deleting by id is safe to repeat."
        : `Session ${quote(fields.sessionId)} was not deleted. The call was aborted; nothing was sent, ` +
            "or what was sent had been refused."
    )
    this.sessionId = fields.sessionId
    this.outcome = fields.outcome
    this.reason = fields.reason
  }

  static {
    this.prototype.name = "Aborted"
  }

  toJSON(): object {
    return { _tag: this._tag, sessionId: this.sessionId, outcome: this.outcome, message: this.message }
  }
}
