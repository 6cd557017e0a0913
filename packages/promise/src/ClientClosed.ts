/**
 * A call to a client that has been closed.
 *
 * @since 0.1.0
 */
import type { FailedCall, FailedOutcome } from "./FailedCall.ts"
import { quote } from "./internal/quote.ts"

/**
 * The client was closed before the call or read began, or while it was under way. Of a read there is no `sessionId`.
 *
 * **Gotchas**
 *
 * Closing takes nothing back. For a call that was under way, `outcome` is `not-deleted` where nothing was sent, or all that
 * was sent had been refused; else it is `unknown`.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClientClosed extends Error implements FailedCall {
  readonly _tag = "ClientClosed"
  declare readonly sessionId?: string
  readonly outcome: FailedOutcome

  constructor(fields: { readonly sessionId?: string; readonly outcome: FailedOutcome }) {
    super(
      fields.sessionId === undefined
        ? "Nothing more was read. The client is closed; make another one with `createSessions`."
        : fields.outcome === "unknown"
          ? `It is not known whether session ${quote(fields.sessionId)} was deleted. The client was closed ` +
            "while the call was under way. Wait for the calls before closing; asking again is safe."
          : `Session ${quote(fields.sessionId)} was not deleted. The client is closed; nothing was sent, or what was ` +
            "sent had been refused. Make another one with `createSessions`."
    )
    if (fields.sessionId !== undefined) this.sessionId = fields.sessionId
    this.outcome = fields.outcome
  }

  static {
    this.prototype.name = "ClientClosed"
  }

  toJSON(): object {
    return { _tag: this._tag, sessionId: this.sessionId, outcome: this.outcome, message: this.message }
  }
}
