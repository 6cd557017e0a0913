/**
 * A team's own rules around an irreversible act: guards that can say no, wrappers, and observers that can do no harm.
 *
 * No plugin can change what became of a session. All that goes wrong with a guard is a no, whatever an observer does stays
 * without effect, and a wrapper can refuse, but not make a success.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/core"
import type { FailedOutcome } from "./FailedCall.ts"
import { callSite } from "./internal/callSite.ts"
import type { Confirmed as ConfirmedClass } from "./internal/confirmed.ts"
import { isFromEffect } from "./internal/effectPlugin.ts"
import { pluginFault } from "./internal/pluginFault.ts"
import { InvalidConfig } from "./InvalidConfig.ts"
import type { Disposition, Receipt } from "./Receipt.ts"
import type { SessionsError, Vetoed } from "./SessionsError.ts"
import type { TimeSpan } from "./TimeSpan.ts"

/**
 * A named set of hooks, for the `plugins` of `createSessions`. Hooks may be async or not.
 *
 * **Details**
 *
 * - The hooks of a call see the same `Plugin.Call`, a frozen object that leads to no secret.
 * - The time of the hooks counts towards the call's deadline, except that of `after`.
 * - A hook that itself deletes is refused, as long as it runs: its call ends with `Vetoed` and starts nothing.
 *
 * **Example** (A guard and an observer)
 *
 * ```ts
 * import { createSessions, definePlugin, veto } from "@powerdrill-sessions/promise"
 *
 * const holds = definePlugin({
 *   name: "legal-holds",
 *   async before({ sessionId }, { signal }) {
 *     const answer = await fetch(`https://holds.example/${encodeURIComponent(sessionId)}`, { signal })
 *     if (answer.status !== 404) veto("it is under a legal hold")
 *   },
 *   after: ({ _tag, call }) => console.log(`${call.sessionId}: ${_tag}`)
 * })
 *
 * await using sessions = createSessions({ plugins: [holds] })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Plugin {
  /** Tells it from the others: two of one name are an error. */
  readonly name: string
  /** How long `before`, `onAttempt`, `onRetry` and `after` may take, each of them. Default: 5 seconds. */
  readonly timeout?: TimeSpan | undefined
  /**
   * Guard: asked once per call, before anything is sent, in the order of the plugins, until one says no. To throw, to
   * reject, to return `false` or an `Error`, and to take too long are a no: nothing is sent, and the call ends with
   * `Vetoed`, with `broken` where it took too long. All else is a yes. See {@link veto}.
   */
  readonly before?:
    | ((call: Plugin.Call, context: Plugin.Context) => boolean | void | Promise<boolean | void>)
    | undefined
  /**
   * Wrapper: does what it likes around `next`, which sends, tries again, and reads the answer; the first plugin is the
   * outermost. It can return only what `next` has resolved to: nobody else can make a `Plugin.Confirmed`.
   *
   * - What it throws before it has called `next` refuses the call: `Vetoed`, and nothing is sent.
   * - `next` rejects with one of the `SessionsError`s; let it pass, or call `next` again, which goes on where it ended.
   * - Nothing else that it does or throws changes how the call ends; it is logged.
   * - It has as much time as the call.
   */
  readonly around?:
    | ((call: Plugin.Call, next: () => Promise<Plugin.Confirmed>, context: Plugin.Context) => Promise<Plugin.Confirmed>)
    | undefined
  /** Observer: told of each request that was sent, once it is known how it ended. */
  readonly onAttempt?: ((attempt: Plugin.Attempt, context: Plugin.Context) => unknown) | undefined
  /**
   * Told when a failed attempt is about to be tried again; may stop that or lengthen the wait. Of several plugins a stop
   * wins, then the longest wait.
   */
  readonly onRetry?:
    | ((retry: Plugin.Retry, context: Plugin.Context) => Plugin.Decision | void | Promise<Plugin.Decision | void>)
    | undefined
  /** Observer: told once per call how it ended, also when it was vetoed, aborted or broke. */
  readonly after?: ((outcome: Plugin.Outcome, context: Plugin.Context) => unknown) | undefined
}

/**
 * @since 0.1.0
 */
export declare namespace Plugin {
  /**
   * What plugins see of a call.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Call {
    readonly method: "delete" | "ensureDeleted"
    readonly sessionId: string
    readonly userId: string
    /** Sent as `x-pd-external-trace-id`. */
    readonly externalTraceId?: string
    /** An earlier call for this session ended unknown: this one knows no "not deleted". */
    readonly afterUnknown?: true
  }

  /**
   * What each hook gets besides.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Context {
    /** Fires when the hook's time is up, or the call is aborted: nobody waits for the hook any more. */
    readonly signal: AbortSignal
  }

  /**
   * The success of a call, on its way through the wrappers; `receipt` may be looked at. Only this package makes one.
   *
   * @category models
   * @since 0.1.0
   */
  export type Confirmed = ConfirmedClass

  /**
   * One HTTP request of a call, and how it ended.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Attempt {
    readonly call: Call
    /** Counted from 1. */
    readonly attempt: number
    readonly outcome: "deleted" | FailedOutcome
    /** How the session is known to be gone, where it is. */
    readonly disposition?: Disposition
    /** What the call ends with if nothing is tried again. */
    readonly error?: SessionsError
    readonly httpStatus?: number
    /** The API's trace id. */
    readonly traceId?: string
    /** How long it waited for its turn in the team's budget. */
    readonly queuedMillis: number
    /** How long it took, from sending to the end of the answer. */
    readonly durationMillis: number
  }

  /**
   * A failed attempt that is about to be tried again.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Retry {
    readonly call: Call
    /** The one that failed, counted from 1. */
    readonly attempt: number
    readonly error: SessionsError
    /** How long the policy waits. */
    readonly waitMillis: number
  }

  /**
   * What `onRetry` may ask for: not to try again, or to wait at least so long. Where that is past the deadline, nothing is
   * tried again.
   *
   * @category models
   * @since 0.1.0
   */
  export type Decision = "stop" | { readonly wait: TimeSpan }

  interface Ended {
    readonly call: Call
    /** How many times the delete was sent. */
    readonly attempts: number
    /** From the call's beginning to its end. */
    readonly durationMillis: number
  }

  /**
   * How a call ended.
   *
   * **Details**
   *
   * `NotDeleted` and `Unknown` are failures, told apart by the `outcome` of the error. `Interrupted` (the call was aborted
   * or the client closed) and `Died` (something broke) tell in `outcome` what was known of the session then.
   *
   * @category models
   * @since 0.1.0
   */
  export type Outcome =
    | (Ended & { readonly _tag: "Deleted"; readonly receipt: Receipt })
    | (Ended & { readonly _tag: "NotDeleted"; readonly error: SessionsError | Failure })
    | (Ended & { readonly _tag: "Unknown"; readonly error: SessionsError | Failure })
    | (Ended & { readonly _tag: "Vetoed"; readonly error: Vetoed })
    | (Ended & { readonly _tag: "Interrupted"; readonly outcome: FailedOutcome })
    | (Ended & { readonly _tag: "Died"; readonly outcome: FailedOutcome; readonly detail: string })

  /**
   * An error that a wrapper of an Effect program has added. The calls of `createSessions` have none.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Failure {
    readonly _tag: string
    readonly message: string
    readonly outcome: FailedOutcome
  }
}

/**
 * A plugin, with the parameters of its hooks inferred; frozen.
 *
 * **Details**
 *
 * Throws `InvalidConfig` where it has no name, a hook is not a function, or a field is none of a plugin's: a guard under a
 * misspelled name would guard nothing. `createSessions` checks the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const definePlugin = (plugin: Plugin): Plugin => {
  const reason = pluginFault(plugin)
  if (reason !== undefined) throw callSite()(new InvalidConfig({ setting: "plugins", reason }))
  if (isFromEffect(plugin)) return plugin
  const { name, timeout } = plugin
  return Object.freeze({
    name,
    timeout,
    // An object of a class has them in its prototype, and needs itself.
    before: plugin.before?.bind(plugin),
    around: plugin.around?.bind(plugin),
    onAttempt: plugin.onAttempt?.bind(plugin),
    onRetry: plugin.onRetry?.bind(plugin),
    after: plugin.after?.bind(plugin)
  })
}

/**
 * Says no, from a guard or from a wrapper that has not called `next`: throws, so that a forgotten `return` lets nothing
 * pass. The reason is read after "refused:", without a full stop: "it is under a legal hold".
 *
 * **Details**
 *
 * With `entireRun` it is meant for everything else that would be deleted, too, and shows as `entireRun` on the `Vetoed`:
 * whoever deletes many stops then. With `broken` it says that the guard could not find out, and has not said no to this
 * very session: whoever deletes many asks about it again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const veto = (
  reason: string,
  options?: { readonly entireRun?: boolean | undefined; readonly broken?: boolean | undefined }
): never => {
  throw new Core.Veto({
    reason,
    ...(options?.entireRun === true ? { entireRun: true } : undefined),
    ...(options?.broken === true ? { broken: true } : undefined)
  })
}
