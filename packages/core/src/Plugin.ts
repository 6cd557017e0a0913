/**
 * A team's own rules around an irreversible act: guards that can say no, wrappers, and observers that can do no harm.
 *
 * No plugin can change what became of a session. A guard is asked before anything is sent, and all that goes wrong with it
 * is a no. An observer is told, and whatever it does stays without effect. A wrapper can add errors of its own, but a
 * receipt comes from the API's answer only, and what has been deleted stays reported as deleted.
 *
 * @since 0.1.0
 */
import { Context, type Duration, Effect, Layer, Schema, Scope, type Types } from "effect"
import type { ExternalTraceId, SessionId, UserId } from "./DeleteRequest.ts"
import type { Confirmed as ConfirmedClass } from "./internal/confirmed.ts"
import { withContext } from "./internal/hook.ts"
import { duplicateOf } from "./internal/hooks.ts"
import { hookNames, isPlugin, make } from "./internal/makePlugin.ts"
import { adder, type Plugins, provided } from "./internal/plugins.ts"
import type { Disposition, Receipt } from "./Receipt.ts"
import type { FailedOutcome, SessionsError, Vetoed } from "./SessionsError.ts"

export { Plugins } from "./internal/plugins.ts"

/**
 * A named set of hooks.
 *
 * **Details**
 *
 * `E` are the errors that `around` adds, `R` the services that the hooks need. What is not said with a type:
 *
 * - The hooks of a call see the same `Plugin.Call`, a frozen object that leads to no secret.
 * - The time of the hooks counts towards the call's deadline, except that of `after`.
 * - A hook that itself deletes is refused: its call fails with `Vetoed` and starts nothing.
 *
 * **Example** (A guard and an observer)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Plugin } from "@powerdrill-sessions/core"
 *
 * const officeHours = Plugin.make({
 *   name: "office-hours",
 *   before: () => new Date().getHours() < 9 ? Plugin.veto("nobody is in the office yet") : Effect.void,
 *   after: ({ _tag, call }) => Console.log(`${call.sessionId}: ${_tag}`)
 * })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Plugin<out E extends Plugin.Failure = never, out R = never> {
  /** Tells it from the others: two of one name are an error. */
  readonly name: string
  /** How long `before`, `onAttempt`, `onRetry` and `after` may take, each of them. Default: 5 seconds. */
  readonly timeout?: Duration.Input | undefined
  /**
   * Guard: asked once per call, before anything is sent, in the order of the plugins, until one says no. To succeed is a
   * yes. To fail, to die and to take too long are a no: nothing is sent, and the call fails with `Vetoed`. See
   * {@link Plugin.veto}. It has nothing to answer; one that answers `false` or an error all the same has said no. All but
   * that and `Plugin.veto` is a guard that broke: the `Vetoed` has `broken` then.
   */
  readonly before?: ((call: Plugin.Call) => Effect.Effect<void, unknown, R>) | undefined
  /**
   * Wrapper: does what it likes around `next`, which sends, tries again, and reads the answer; the first plugin is the
   * outermost. It can succeed only with what `next` has succeeded with: nobody else can make a `Plugin.Confirmed`.
   *
   * - The errors that wrappers further in have added are `Types.unhandled` to it: let them pass, or narrow first.
   * - Once `next` has succeeded, the call succeeds: what the wrapper fails with afterwards is logged.
   * - A wrapper that fails must not claim more than is known: a session that `next` left in doubt stays `unknown`.
   * - One that dies, or pretends to succeed, without having run `next` is broken: `Vetoed`, with `broken`.
   * - Run again, `next` goes on where it ended, within the same deadline; after a success it sends nothing more.
   */
  readonly around?: Plugin.Around<SessionsError | Types.unhandled | E, R> | undefined
  /** Observer: told of each request that was sent, once it is known how it ended. */
  readonly onAttempt?: ((attempt: Plugin.Attempt) => Effect.Effect<unknown, never, R>) | undefined
  /**
   * Told when a failed attempt is about to be tried again; may stop that or lengthen the wait, with {@link Plugin.stop}
   * and {@link Plugin.wait}. Of several plugins a stop wins, then the longest wait.
   */
  readonly onRetry?: ((retry: Plugin.Retry) => Effect.Effect<Plugin.Decision | void, never, R>) | undefined
  /** Observer: told once per call how it ended, also when it was vetoed, interrupted or died. */
  readonly after?: ((outcome: Plugin.Outcome) => Effect.Effect<unknown, never, R>) | undefined
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
    readonly sessionId: SessionId
    readonly userId: UserId
    /** Sent as `x-pd-external-trace-id`. */
    readonly externalTraceId?: ExternalTraceId
    /** An earlier call for this session ended unknown: this one knows no "not deleted". */
    readonly afterUnknown?: true
  }

  /**
   * The success of a call, on its way through the wrappers. Only the core makes one.
   *
   * @category models
   * @since 0.1.0
   */
  export type Confirmed = ConfirmedClass

  /**
   * A wrapper; `E` is all that it can fail with.
   *
   * @category models
   * @since 0.1.0
   */
  export type Around<E, R> = (
    call: Call,
    next: Effect.Effect<Confirmed, SessionsError | Types.unhandled>
  ) => Effect.Effect<Confirmed, E, R>

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
    /** What the call fails with if nothing is tried again. */
    readonly error?: SessionsError
    readonly httpStatus?: number
    /** The API's trace id. */
    readonly traceId?: string
    /** How long it waited for its turn in the team's budget. */
    readonly queued: Duration.Duration
    /** How long it took, from sending to the end of the answer. */
    readonly duration: Duration.Duration
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
    readonly wait: Duration.Duration
  }

  /**
   * What `onRetry` may ask for.
   *
   * @category models
   * @since 0.1.0
   */
  export type Decision =
    | { readonly _tag: "Stop" }
    | {
        readonly _tag: "Wait"
        readonly wait: Duration.Input
      }

  interface Ended {
    readonly call: Call
    /** How many times the delete was sent. */
    readonly attempts: number
    /** From the call's beginning to its end. */
    readonly duration: Duration.Duration
  }

  /**
   * How a call ended, which is what its caller is told.
   *
   * **Details**
   *
   * `NotDeleted` and `Unknown` are failures, told apart by the `outcome` of the error. `Interrupted` and `Died` tell in
   * `outcome` what was known of the session then; what broke a call that died is put into words, in `detail`.
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
   * What an error that a wrapper adds must tell, as all errors of a call do.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Failure {
    readonly _tag: string
    readonly message: string
    /** Whether the session is certainly not deleted by this call, or in doubt. */
    readonly outcome: FailedOutcome
  }

  /**
   * A plugin, or an effect that builds one.
   *
   * @category models
   * @since 0.1.0
   */
  export type Source<E extends Failure = never> =
    | Plugin<E, unknown>
    | Effect.Effect<Plugin<E, unknown>, unknown, unknown>

  /**
   * The plugin of a source.
   *
   * @category utility types
   * @since 0.1.0
   */
  export type Built<S> = S extends Effect.Effect<infer P, infer _E, infer _R> ? P : S

  /**
   * The errors that the wrappers of sources add to a call.
   *
   * @category utility types
   * @since 0.1.0
   */
  export type Error<S> = Built<S> extends infer P ? (P extends Plugin<infer E, unknown> ? E : never) : never

  /**
   * The errors of building sources.
   *
   * @category utility types
   * @since 0.1.0
   */
  export type BuildError<S> = S extends Effect.Effect<infer _A, infer E, infer _R> ? E : never

  /**
   * The services that sources need, to be built and for their hooks.
   *
   * @category utility types
   * @since 0.1.0
   */
  export type Services<S> =
    | (S extends Effect.Effect<infer _A, infer _E, infer R> ? Exclude<R, Scope.Scope> : never)
    | (Built<S> extends infer P ? (P extends Plugin<infer _E, infer R> ? Known<R> : never) : never)

  /** An object that was not made with `Plugin.make`, and whose hooks need nothing, tells nothing of it. */
  type Known<R> = unknown extends R ? never : R
}

/**
 * A guard's no.
 *
 * @category errors
 * @since 0.1.0
 */
export class Veto extends Schema.TaggedError<Veto>()("Veto", {
  /** To be read after "refused:", without a full stop: "it is under a legal hold". */
  reason: Schema.String,
  /** Whether it is meant for all that would be deleted after this one, too. */
  entireRun: Schema.optionalKey(Schema.Boolean),
  /** Whether the guard could not find out, and has not said no to this very session. */
  broken: Schema.optionalKey(Schema.Boolean)
}) {
  override get message() {
    return this.reason
  }
}

/**
 * Two plugins have one name.
 *
 * @category errors
 * @since 0.1.0
 */
export class DuplicatePlugin extends Schema.TaggedError<DuplicatePlugin>()("DuplicatePlugin", {
  name: Schema.String
}) {
  override get message() {
    return `Two plugins have the name ${JSON.stringify(this.name)}. Give one of them another.`
  }
}

/**
 * The plugins of {@link Plugin.with}, outermost first.
 *
 * @category services
 * @since 0.1.0
 */
export class ScopedPlugins extends Context.Reference<ReadonlyArray<Plugin>>(
  "@powerdrill-sessions/core/Plugin/ScopedPlugins",
  {
    defaultValue: () => []
  }
) {}

const stop: Plugin.Decision = { _tag: "Stop" }

/**
 * Makes plugins and puts them in force.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Plugin = {
  /**
   * A plugin, with its errors and requirements inferred.
   *
   * **Gotchas**
   *
   * Throws a `TypeError` for what is no plugin, such as a misspelled hook: a guard under another name would guard nothing.
   *
   * @since 0.1.0
   */
  make,

  /**
   * Tells whether a value was made by {@link Plugin.make}.
   *
   * @since 0.1.0
   */
  isPlugin,

  /**
   * The no of a guard. The reason is read after "refused:", without a full stop.
   *
   * **Details**
   *
   * With `entireRun` it is meant for everything else that would be deleted, too: whoever deletes many stops then. It
   * shows as `entireRun` on the `Vetoed`. The core itself refuses this one call, and asks again at the next.
   *
   * With `broken` it says that the guard could not find out: a list that cannot be read, a service that does not answer.
   * It shows as `broken` on the `Vetoed`, as it does where the guard fails or takes too long: nothing is sent, and
   * whoever deletes many asks about the session again.
   *
   * **Example** (Stopping a whole run)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { Plugin } from "@powerdrill-sessions/core"
   *
   * declare const isFrozen: Effect.Effect<boolean>
   *
   * const freeze = Plugin.make({
   *   name: "freeze",
   *   before: () =>
   *     Effect.flatMap(isFrozen, (frozen) =>
   *       frozen ? Plugin.veto("there is a change freeze", { entireRun: true }) : Effect.void
   *     )
   * })
   * ```
   *
   * @since 0.1.0
   */
  veto: (
    reason: string,
    options?: { readonly entireRun?: boolean | undefined; readonly broken?: boolean | undefined }
  ): Effect.Effect<never, Veto> =>
    Effect.fail(
      new Veto({
        reason,
        ...(options?.entireRun === true ? { entireRun: true } : undefined),
        ...(options?.broken === true ? { broken: true } : undefined)
      })
    ),

  /**
   * `onRetry` asks not to try again: the call fails with the error at hand.
   *
   * @since 0.1.0
   */
  stop,

  /**
   * `onRetry` asks to wait at least so long. Where that is past the deadline, nothing is tried again.
   *
   * @since 0.1.0
   */
  wait: (wait: Duration.Input): Plugin.Decision => ({ _tag: "Wait", wait }),

  /**
   * Builds plugins, in their order: what {@link Plugin.layer} does, as an effect.
   *
   * @since 0.1.0
   */
  build,

  /**
   * The plugins for {@link Sessions.layer}, the first of them outermost: plugins, or effects that build one.
   *
   * **Details**
   *
   * What the effects fail with and need, and what the hooks need, shows in the type of the layer. Two plugins of one name
   * are a {@link DuplicatePlugin}. A plugin whose wrapper adds errors to a call does not fit the type of {@link Sessions}:
   * see {@link Sessions.make}.
   *
   * Several layers add up, the outer or first one outermost. Provided to a program instead, around its calls, the plugins
   * are in force there all the same.
   *
   * **Example** (Two plugins)
   *
   * ```ts
   * import { Console, Layer } from "effect"
   * import { Plugin, Sessions } from "@powerdrill-sessions/core"
   *
   * const tell = Plugin.make({ name: "tell", after: ({ _tag }) => Console.log(_tag) })
   * const frozen = Plugin.make({ name: "frozen", before: () => Plugin.veto("nothing is deleted before the audit") })
   *
   * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(tell, frozen)))
   * ```
   *
   * @since 0.1.0
   */
  layer: <const Sources extends ReadonlyArray<Plugin.Source>>(
    ...sources: Sources
  ): Layer.Layer<
    Plugins,
    Plugin.BuildError<Sources[number]> | DuplicatePlugin,
    Exclude<Plugin.Services<Sources[number]>, Scope.Scope>
  > => {
    const add = adder()
    return Layer.effectContext(Effect.map(build(...sources), add))
  },

  /**
   * Puts one more plugin in force for one effect, inside of those of its layer.
   *
   * **Details**
   *
   * What an effect that builds the plugin has acquired is released when the effect ends. A call with two plugins of one name
   * is refused, as `Vetoed`.
   *
   * **Example** (A guard for one program)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { Plugin, Sessions } from "@powerdrill-sessions/core"
   *
   * const dryRun = Plugin.make({ name: "dry-run", before: () => Plugin.veto("this is a dry run") })
   *
   * const program = Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1" })).pipe(
   *   Plugin.with(dryRun)
   * )
   * ```
   *
   * @since 0.1.0
   */
  with:
    <const Source extends Plugin.Source>(source: Source) =>
    <A, E, R>(
      self: Effect.Effect<A, E, R>
    ): Effect.Effect<
      A,
      E | Plugin.BuildError<Source> | DuplicatePlugin,
      R | Exclude<Plugin.Services<Source>, Scope.Scope>
    > =>
      Effect.scopedWith((scope) =>
        Effect.flatMap(Effect.provideService(build(source), Scope.Scope, scope), (plugins) =>
          Effect.updateService(self, ScopedPlugins, (outer) => [...outer, ...plugins])
        )
      ),

  /**
   * The plugins in force here, outermost first: those of the layers that are provided, and of {@link Plugin.with}.
   *
   * **Gotchas**
   *
   * Those that were provided to the layer of a client only, or given to {@link Sessions.make}, come in front of them, and
   * are known to the client alone.
   *
   * @since 0.1.0
   */
  inForce: Effect.map(Effect.context<never>(), (context): ReadonlyArray<Plugin> => [
    ...provided(context).flat(),
    ...(Context.getOrUndefined(context, ScopedPlugins) ?? [])
  ]),

  /**
   * The order of plugins and the hooks of each, as lines of text.
   *
   * @since 0.1.0
   */
  describe: (plugins: ReadonlyArray<Plugin<Plugin.Failure, unknown>>): string =>
    plugins
      .map((plugin, index) => {
        const hooks = hookNames.filter((name) => plugin[name] !== undefined)
        return `${index + 1}. ${plugin.name}: ${hooks.join(", ")}`
      })
      .join("\n")
}

/** Builds plugins in their order, with the services of now for their hooks. */
function build<const Sources extends ReadonlyArray<Plugin.Source<Plugin.Failure>>>(
  ...sources: Sources
): Effect.Effect<
  ReadonlyArray<Plugin<Plugin.Error<Sources[number]>>>,
  Plugin.BuildError<Sources[number]> | DuplicatePlugin,
  Plugin.Services<Sources[number]>
>
function build(
  ...sources: ReadonlyArray<Plugin.Source<Plugin.Failure>>
): Effect.Effect<ReadonlyArray<Plugin<Plugin.Failure>>, unknown, unknown> {
  return Effect.gen(function* () {
    const plugins: Array<Plugin<Plugin.Failure>> = []
    for (const source of sources) {
      const plugin = Effect.isEffect(source) ? yield* source : source
      plugins.push(withContext(make(plugin), yield* Effect.context<unknown>()))
    }
    const name = duplicateOf(plugins)
    return name === undefined ? plugins : yield* new DuplicatePlugin({ name })
  })
}
