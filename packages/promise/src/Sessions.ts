/**
 * Deleting Powerdrill sessions with promises: one irreversible act, and the truth about how it ended.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { CallOptions } from "./CallOptions.ts"
import type { DeleteResult } from "./DeleteResult.ts"
import { callSite } from "./internal/callSite.ts"
import { remember } from "./internal/clients.ts"
import { start } from "./internal/runtime.ts"
import { readSettings } from "./internal/settings.ts"
import type { FindOptions, ListOptions } from "./ReadOptions.ts"
import type { Receipt } from "./Receipt.ts"
import type { SessionNotFound, SessionsError } from "./SessionsError.ts"
import type { SessionsOptions } from "./SessionsOptions.ts"
import type { SessionSummary } from "./SessionSummary.ts"

/**
 * Deletes sessions, and reads them.
 *
 * **Details**
 *
 * The methods need no `this`, and never throw synchronously. A call that has ended is never undone by a signal that is
 * aborted later: its receipt stands.
 *
 * **Gotchas**
 *
 * Once deleted, a session and its job history cannot be recovered (page "Delete session").
 *
 * @category models
 * @since 0.1.0
 */
export interface Sessions extends AsyncDisposable {
  /**
   * Resolves when the session is known to be gone. Rejects with one of the {@link SessionsError}s otherwise; a session
   * that was never found is `SessionNotFound`. An aborted call rejects with its signal's reason.
   */
  readonly delete: (sessionId: string, options?: CallOptions) => Promise<Receipt>
  /** The same, but a session that was not found is a receipt with the disposition `already-absent`. */
  readonly ensureDeleted: (sessionId: string, options?: CallOptions) => Promise<Receipt>
  /** The same calls for those who would rather not catch: they never reject. An aborted call is the error `Aborted`. */
  readonly try: {
    readonly delete: (sessionId: string, options?: CallOptions) => Promise<DeleteResult>
    readonly ensureDeleted: (
      sessionId: string,
      options?: CallOptions
    ) => Promise<DeleteResult<Exclude<SessionsError, SessionNotFound>>>
  }
  /**
   * All sessions of a user, or those with a text in their title, one after the other. Each iteration reads anew.
   *
   * What was there during the whole listing is in it exactly once, or it fails with {@link ReadFailed}; what came or went
   * meanwhile may be in it. It gives sessions as it reads them: only its end says that they are all. An aborted one throws
   * its signal's reason.
   *
   * Finish a listing before you delete what it gave: each delete moves the sessions behind it, and the listing starts again
   * until it gives up. Sessions cannot be selected by age: the API gives no times.
   */
  readonly list: (options?: ListOptions) => AsyncIterable<SessionSummary>
  /**
   * Reads a session. Resolves to `undefined` only if the API says that there is none in the key's project; rejects with
   * {@link ReadFailed} where that is not clear.
   */
  readonly find: (sessionId: string, options?: FindOptions) => Promise<SessionSummary | undefined>
  /**
   * Stops the calls and reads that are under way, which then end with `ClientClosed`, and refuses those that come later. Resolves
   * when everything has stopped; closing again is the same. `await using` does it at the end of its block.
   */
  readonly close: () => Promise<void>
}

/**
 * Makes a client.
 *
 * **Details**
 *
 * Settings come from the options, or from the environment where they are absent. One that is missing or cannot be used
 * is thrown at once, as `InvalidConfig`.
 *
 * **Example** (Deleting one session)
 *
 * ```ts
 * import { createSessions } from "@powerdrill-sessions/promise"
 *
 * await using sessions = createSessions({ apiKey: "…", userId: "tmm-1" })
 * const receipt = await sessions.delete("04b6")
 * console.log(receipt.disposition)
 * ```
 *
 * **Example** (Deleting the sessions with "draft" in their title)
 *
 * ```ts
 * import { createSessions } from "@powerdrill-sessions/promise"
 *
 * await using sessions = createSessions({ apiKey: "…", userId: "tmm-1" })
 * const drafts: Array<string> = []
 * for await (const { id } of sessions.list({ titleContains: "draft" })) drafts.push(id)
 * for (const id of drafts) await sessions.ensureDeleted(id)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const createSessions = (options: SessionsOptions = {}): Sessions => {
  const settings = readSettings(options)
  if (Result.isFailure(settings)) throw callSite()(settings.failure)
  const { client, close, ...run } = start(options, settings.success)
  const orReject = async (ending: Promise<DeleteResult>): Promise<Receipt> => {
    const result = await ending
    if (result.ok) return result.receipt
    throw result.error._tag === "Aborted" ? result.error.reason : result.error
  }
  const sessions = Object.freeze({
    delete: (sessionId, options) => orReject(run.delete(sessionId, options, callSite())),
    ensureDeleted: (sessionId, options) => orReject(run.ensureDeleted(sessionId, options, callSite())),
    try: Object.freeze({
      delete: (sessionId, options) => run.delete(sessionId, options, callSite()),
      ensureDeleted: (sessionId, options) => run.ensureDeleted(sessionId, options, callSite())
    }),
    list: (options) => run.list(options, callSite()),
    find: (sessionId, options) => run.find(sessionId, options, callSite()),
    close,
    [Symbol.asyncDispose]: close
  } satisfies Sessions)
  remember(sessions, client)
  return sessions
}
