/**
 * What a purge tells while it runs: plain objects, which can be written as JSON as they are.
 *
 * @since 0.1.0
 */
import type { Disposition } from "../Receipt.ts"

/**
 * What a purge tells, in this order: `Begun`, then `Settled` for each session as its call ends, with `Paused` and `Resumed`
 * in between, then `Ended`. One that fails, or is cut off, has no `Ended`.
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
    readonly plan: PurgePlanned
    /** What earlier runs have done. */
    readonly counts: PurgeCounts
    /** Whether there was an earlier run. */
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
    readonly outcome: PurgeOutcome
    readonly counts: PurgeCounts
  }

  /**
   * Somebody has told it to wait. Calls that had begun end meanwhile.
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
    readonly counts: PurgeCounts
  }

  /**
   * It goes on after a pause.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Resumed {
    readonly _tag: "Resumed"
    readonly counts: PurgeCounts
  }

  /**
   * It is over.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Ended {
    readonly _tag: "Ended"
    readonly reason: PurgeEndReason
    /** Why, in a sentence, where it did not come to its end. */
    readonly message?: string
    readonly counts: PurgeCounts
  }
}

/**
 * Why a run ended.
 *
 * **Details**
 *
 * - `finished`: each session of the plan was processed. Whether each is gone is in the counts.
 * - `cancelled`: somebody said so, with `cancelPurge`.
 * - `halted`: the signal was aborted, or the iteration was left.
 * - `unauthorized`: the API key was refused.
 * - `failures`: so many calls in a row had failed that going on made no sense.
 * - `vetoed`: a plugin refused the entire run.
 *
 * @category models
 * @since 0.1.0
 */
export type PurgeEndReason = "finished" | "cancelled" | "halted" | "unauthorized" | "failures" | "vetoed"

/**
 * How the call for one session ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeOutcome {
  /** `vetoed`: a plugin refused, and nothing was sent. */
  readonly outcome: "deleted" | "not-deleted" | "unknown" | "vetoed"
  /** How it is known to be gone; with `deleted` only. */
  readonly disposition?: Disposition
  /** The `_tag` of the error; with all others. */
  readonly error?: string
  /** The plugin that refused meant the entire run. */
  readonly entireRun?: true
  readonly message?: string
  /** The `code` of the API's envelope. */
  readonly code?: number
  readonly httpStatus?: number
  /** How many HTTP requests were made. */
  readonly attempts: number
  /** How many of them the API refused as too many. */
  readonly refused?: number
  /** The longest wait that it asked for then, in milliseconds. */
  readonly retryAfterMillis?: number
  /** How long the attempts waited for the budget, in milliseconds. */
  readonly queuedMillis?: number
  /** The API's own trace id. */
  readonly traceId?: string
  readonly externalTraceId?: string
  /** ISO 8601, UTC, on the caller's clock. */
  readonly startedAt: string
  readonly finishedAt: string
}

/**
 * How many sessions there are of each kind: `deleted + notDeleted + unknown + vetoed + unprocessed = planned`.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeCounts {
  readonly planned: number
  readonly deleted: number
  readonly notDeleted: number
  /** Sent, and no trustworthy answer came; or a call is under way, or was cut off. */
  readonly unknown: number
  readonly vetoed: number
  /** Nothing was sent for them. */
  readonly unprocessed: number
  /** Of those deleted: how they are known to be gone. */
  readonly byDisposition: Readonly<Record<string, number>>
  /** Of the others: the tags of their errors. */
  readonly byError: Readonly<Record<string, number>>
}

/**
 * The plan, as the ledger keeps it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgePlanned {
  readonly baseUrl: string
  /** ISO 8601, UTC. */
  readonly selectedAt: string
  /** What was selected, in words. */
  readonly selection: string
  readonly count: number
  /** How many were kept. */
  readonly kept: number
  readonly digest: string
}
