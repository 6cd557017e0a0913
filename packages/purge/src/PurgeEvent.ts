/**
 * What a purge tells while it runs.
 *
 * @since 0.1.0
 */
import type { Ledger } from "./Ledger.ts"
import type { EndReason } from "./LedgerEntry.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * What a purge tells, in this order: `Begun`, then `Settled` for each session as its call ends, with `Paused` and `Resumed`
 * in between, then `Ended`. One that fails, or is interrupted, has no `Ended`.
 *
 * The `counts` are those at the moment of the event; a session whose call is under way counts as it did before. Those of
 * `Ended` are what the ledger says.
 *
 * @category models
 * @since 0.1.0
 */
export type PurgeEvent =
  | PurgeEvent.Begun
  | PurgeEvent.Settled
  | PurgeEvent.Paused
  | PurgeEvent.Resumed
  | PurgeEvent.Ended

/**
 * @since 0.1.0
 */
export declare namespace PurgeEvent {
  /**
   * The purge begins, or goes on.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Begun {
    readonly _tag: "Begun"
    readonly plan: Ledger.Planned
    /** What earlier runs have done. */
    readonly counts: Ledger.Counts
    readonly resumed: boolean
  }

  /**
   * The call for a session has ended, and the ledger knows.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Settled {
    readonly _tag: "Settled"
    /** Its number in the plan, from 1. */
    readonly n: number
    readonly sessionId: string
    readonly userId: string
    readonly outcome: Outcome
    readonly counts: Ledger.Counts
  }

  /**
   * Somebody, or the API, has told it to wait. Calls that had begun end meanwhile.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Paused {
    readonly _tag: "Paused"
    /** Who has said so; `the API` where it is the one that wants no request. */
    readonly by: string
    /** How long the API wants no request, in milliseconds: then it goes on by itself. */
    readonly forMillis?: number
    readonly counts: Ledger.Counts
  }

  /**
   * It goes on after a pause.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Resumed {
    readonly _tag: "Resumed"
    readonly counts: Ledger.Counts
  }

  /**
   * It is over.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Ended {
    readonly _tag: "Ended"
    readonly reason: EndReason
    /** Why, in a sentence, where it did not come to its end. */
    readonly message?: string
    readonly counts: Ledger.Counts
  }
}
