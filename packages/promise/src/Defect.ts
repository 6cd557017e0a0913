/**
 * A mistake in a program, not an answer of the API.
 *
 * @since 0.1.0
 */
import type { FailedCall, FailedOutcome } from "./FailedCall.ts"
import { quote } from "./internal/quote.ts"

/**
 * Something broke that should not be able to: the `fetch` that was given returned something that is not a response, or
 * this library has a bug. Of a read there is no `sessionId`, and nothing was deleted by it.
 *
 * @category errors
 * @since 0.1.0
 */
export class Defect extends Error implements FailedCall {
  readonly _tag = "Defect"
  declare readonly sessionId?: string
  /** How far a call got is not known: `unknown`. A read deletes nothing. */
  readonly outcome: FailedOutcome
  /** What broke, in words. The error itself is not kept: it could lead to the request, and so to the API key. */
  readonly detail: string

  constructor(fields: { readonly sessionId?: string; readonly detail: string }) {
    super(
      (fields.sessionId === undefined
        ? "Something broke during the read"
        : `It is not known whether session ${quote(fields.sessionId)} was deleted. Something broke during the call`) +
        `: ${fields.detail}. Look at the \`fetch\` that was given, if any; else report it as a bug.`
    )
    if (fields.sessionId !== undefined) this.sessionId = fields.sessionId
    this.outcome = fields.sessionId === undefined ? "not-deleted" : "unknown"
    this.detail = fields.detail
  }

  static {
    this.prototype.name = "Defect"
  }

  toJSON(): object {
    return {
      _tag: this._tag,
      sessionId: this.sessionId,
      outcome: this.outcome,
      detail: this.detail,
      message: this.message
    }
  }
}
