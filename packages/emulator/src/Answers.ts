/**
 * Which side the emulator takes where the vendor's documentation contradicts itself, and what to answer on request.
 *
 * @since 0.1.0
 */
import type { Duration } from "effect"

/**
 * One setting for each answer that is documented in two ways.
 *
 * **Details**
 *
 * Two pages disagree: the page of the operation ("Delete session") declares a single response, HTTP 200, whose
 * `code` tells success from failure; the page of codes ("Error codes") lists HTTP statuses. The defaults follow the
 * operation's page, and the page of codes where the operation's page is silent.
 *
 * @since 0.1.0
 */
export interface Answers {
  /**
   * HTTP status of code 201, "request frequency limit": 200 by the operation's page (default), 429 by the page of
   * codes.
   */
  readonly rateLimited?: 200 | 429 | undefined
  /** HTTP status of code 9999, "internal error": 200 by the operation's page (default), 500 by the page of codes. */
  readonly internalError?: 200 | 500 | undefined
  /**
   * HTTP status of code 1004, for a missing or unknown API key: 403 by the code's own row on the page of codes
   * (default), 401 by the generic HTTP row of the same page.
   */
  readonly invalidKey?: 403 | 401 | undefined
  /**
   * HTTP status of code 300003, "not found": 200 by the code's own row on the page of codes (default), 404 by the
   * generic HTTP row of the same page.
   */
  readonly notFound?: 200 | 404 | undefined
  /**
   * The answer to parameters that are missing or malformed: code 100 at HTTP 200 by the operation's page (default),
   * code 300001 at HTTP 400 by the page of codes.
   */
  readonly badRequest?: "100 at 200" | "300001 at 400" | undefined
}

/**
 * An answer to give to the next delete, whatever the truth is.
 *
 * **Details**
 *
 * - `code`: any integer, known or not. With 0 the body is that of a success.
 * - `httpStatus`: by default the documented status of the code, with `Answers` deciding where there are two; 200 for
 *   a code that no page lists.
 * - `msg`: by default the documented meaning of the code.
 * - `retryAfter`: sent as a `Retry-After` header in whole seconds, rounded up.
 * - `commit`: when true, the session is deleted all the same, if the request may delete it. When not, it is not, even
 *   if `code` is 0.
 *
 * @since 0.1.0
 */
export interface ScriptedAnswer {
  readonly code: number
  readonly httpStatus?: number | undefined
  readonly msg?: string | undefined
  readonly retryAfter?: Duration.Input | undefined
  readonly commit?: boolean | undefined
}
