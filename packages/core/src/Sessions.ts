/**
 * Deleting Powerdrill sessions: one irreversible act, and the truth about how it ended. And reading them, to know which.
 *
 * @since 0.1.0
 */
import { type Config, Context, Effect, Layer, Option, Result, Stream } from "effect"
import { HttpClient } from "effect/http"
import { type DeleteRequest, validate } from "./DeleteRequest.ts"
import * as FetchTransport from "./FetchTransport.ts"
import { call, type Client, redactor } from "./internal/call.ts"
import * as Circuit from "./internal/circuit.ts"
import * as InForce from "./internal/inForce.ts"
import { find, list } from "./internal/reads.ts"
import { rehearse, rehearseReads } from "./internal/rehearse.ts"
import * as RetryBudget from "./internal/retryBudget.ts"
import { withoutUserId } from "./internal/spans.ts"
import { withSpanWhenTraced } from "./internal/traced.ts"
import { type DuplicatePlugin, Plugin } from "./Plugin.ts"
import { type InvalidConfig, PowerdrillConfig } from "./PowerdrillConfig.ts"
import { RateBudget } from "./RateBudget.ts"
import type { ReadFailed } from "./ReadFailed.ts"
import type { Disposition, Receipt } from "./Receipt.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import { SessionNotFound, type SessionsError } from "./SessionsError.ts"
import type { SessionSummary } from "./SessionSummary.ts"

/**
 * Deletes sessions, and reads them.
 *
 * **Details**
 *
 * `delete` succeeds with a {@link Receipt} when the session is known to be gone, and fails with one of the
 * {@link SessionsError}s otherwise. A session that was never found is the failure `SessionNotFound`.
 *
 * `ensureDeleted` is the same, but a session that was not found is a receipt with the disposition `already-absent`.
 *
 * `list` is a stream of all sessions of a user, or of those with a text in their title (the API's filter: a part of the
 * title). It fails with a {@link ReadFailed} rather than pass one over: what was there during the whole listing is in it,
 * exactly once. What came or went meanwhile may be. The stream gives sessions as it reads them; only its end says that
 * they are all. A list of more than one page, which is a hundred, is read at least twice, and again while sessions come
 * and go.
 *
 * `find` reads one session: none only if the API says that there is none (code 300003) in the key's project.
 *
 * Reads are tried again under the same {@link RetryPolicy} as deletes, within the same budget, with the deadline of a
 * call for each page. Answers longer than 8 MiB for a page and 64 KiB for a session are not read. Plugins neither see nor
 * stop them.
 *
 * **Gotchas**
 *
 * Once deleted, a session and its job history cannot be recovered (page "Delete session").
 *
 * Finish a listing before you delete what it gave: each delete moves the sessions behind it, and the listing starts again
 * until it gives up.
 *
 * Sessions cannot be selected by age: the API gives no times.
 *
 * **Example** (Deleting one session)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Sessions } from "@powerdrill-sessions/core"
 *
 * const program = Effect.gen(function*() {
 *   const sessions = yield* Sessions
 *   return yield* sessions.delete({ sessionId: "04b6", userId: "tmm-1" })
 * }).pipe(Effect.provide(Sessions.layerFetch))
 * ```
 *
 * **Example** (Which sessions are there)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Sessions } from "@powerdrill-sessions/core"
 *
 * const program = Effect.gen(function*() {
 *   const sessions = yield* Sessions
 *   const drafts = yield* Stream.runCollect(sessions.list({ userId: "tmm-1", titleContains: "draft" }))
 *   return drafts.map(({ id, title }) => `${id} ${title ?? ""}`)
 * }).pipe(Effect.provide(Sessions.layerFetch))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Sessions extends Context.Service<Sessions, Sessions.With>()("@powerdrill-sessions/core/Sessions") {
  /**
   * Deletes through the `HttpClient` and the settings that are provided, within the {@link RateBudget} and under the
   * plugins of {@link Plugin.layer} that are; where no budget is provided, within one of its own, in memory.
   *
   * **Gotchas**
   *
   * The client must not follow redirects by means of its own, such as `HttpClient.followRedirects`: the key would
   * travel with them. Over fetch it is told not to.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<Sessions, never, HttpClient.HttpClient | PowerdrillConfig> = Layer.effect(
    Sessions,
    // Those of a layer are known to be different ones.
    Effect.suspend(() => Effect.orDie(makeClient([])))
  )

  /**
   * The same as {@link Sessions.layer}, with more plugins: also such whose wrapper adds errors of its own to the calls,
   * which then show in their type. Provide it as a service of your own.
   *
   * **Example** (A wrapper that adds an error)
   *
   * ```ts
   * import { Context, Effect, Layer, Schema } from "effect"
   * import { Plugin, Sessions } from "@powerdrill-sessions/core"
   *
   * class Busy extends Schema.TaggedError<Busy>()("Busy", { outcome: Schema.tag("not-deleted") }) {}
   *
   * declare const lock: Effect.Effect<boolean>
   *
   * const exclusive = Plugin.make({
   *   name: "exclusive",
   *   around: Effect.fn(function* (_, next) {
   *     if (!(yield* lock)) return yield* new Busy({})
   *     return yield* next
   *   })
   * })
   *
   * class TeamSessions extends Context.Service<TeamSessions, Sessions.With<Busy>>()("app/TeamSessions") {
   *   static readonly layer = Layer.effect(TeamSessions, Sessions.make(exclusive))
   * }
   * ```
   *
   * @since 0.1.0
   */
  static readonly make = <const Sources extends ReadonlyArray<Plugin.Source<Plugin.Failure>>>(
    ...sources: Sources
  ): Effect.Effect<
    Sessions.With<Plugin.Error<Sources[number]>>,
    Plugin.BuildError<Sources[number]> | DuplicatePlugin,
    HttpClient.HttpClient | PowerdrillConfig | Plugin.Services<Sources[number]>
  > => Effect.flatMap(Plugin.build(...sources), makeClient)

  /**
   * All wired: the runtime's own fetch, and settings from the environment
   * (see {@link PowerdrillConfig.layerConfig} for the variables).
   *
   * @since 0.1.0
   */
  static readonly layerFetch: Layer.Layer<Sessions, Config.ConfigError | InvalidConfig> = this.layer.pipe(
    Layer.provide([FetchTransport.layer, PowerdrillConfig.layerConfig()])
  )

  /**
   * For tests of code that uses {@link Sessions}: no network, each checked request is answered by a function, with how
   * the session is known to be gone or with any of the errors.
   *
   * **Details**
   *
   * `reads` answers `list` and `find`. A `find` that is not given looks through `list`. A test whose code reads, and that
   * has not said what there is, dies: an empty list would make much succeed that does nothing.
   *
   * **Example** (A session that is already gone)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { Sessions } from "@powerdrill-sessions/core"
   *
   * const layer = Sessions.layerTest(() => Effect.succeed("already-absent"))
   * ```
   *
   * **Example** (A user with two sessions)
   *
   * ```ts
   * import { Effect, Stream } from "effect"
   * import { Sessions, SessionSummary } from "@powerdrill-sessions/core"
   *
   * const layer = Sessions.layerTest(() => Effect.succeed("deleted"), {
   *   list: () => Stream.make(new SessionSummary({ id: "04b6", title: "Draft" }), new SessionSummary({ id: "77c1" }))
   * })
   * ```
   *
   * @since 0.1.0
   */
  static readonly layerTest = (
    answer: (request: DeleteRequest) => Effect.Effect<Disposition, SessionsError>,
    reads: Partial<Sessions.Reads> = {}
  ): Layer.Layer<Sessions> =>
    Layer.effect(
      Sessions,
      Effect.map(Effect.orDie(InForce.make<never>([], (text) => text)), (hooksIn) =>
        make<never>(undefined, (method, request) => rehearse(answer, hooksIn, method, request), rehearseReads(reads))
      )
    )
}

/**
 * @since 0.1.0
 */
export declare namespace Sessions {
  /**
   * The service; `E` are the errors that the wrappers of plugins add.
   *
   * @category models
   * @since 0.1.0
   */
  export interface With<E = never> extends Reads {
    /** Where it deletes, as in {@link PowerdrillConfig}; `undefined` for {@link Sessions.layerTest}. */
    readonly baseUrl: string | undefined
    readonly delete: (request: DeleteRequest.Input) => Effect.Effect<Receipt, SessionsError | E>
    readonly ensureDeleted: (
      request: DeleteRequest.Input
    ) => Effect.Effect<Receipt, Exclude<SessionsError, SessionNotFound> | E>
  }

  /**
   * The part of the service that changes nothing.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Reads {
    readonly list: (options: ListOptions) => Stream.Stream<SessionSummary, ReadFailed>
    readonly find: (options: FindOptions) => Effect.Effect<Option.Option<SessionSummary>, ReadFailed>
  }

  /**
   * Which sessions to list: as callers write it, not yet checked.
   *
   * @category models
   * @since 0.1.0
   */
  export interface ListOptions {
    /** Whose sessions: the same rules as in a `DeleteRequest`. */
    readonly userId: string
    /** Only those with this text in their title; not empty. What exactly that means is up to the API. */
    readonly titleContains?: string | undefined
  }

  /**
   * Which session to read: as callers write it, not yet checked. The same rules as in a `DeleteRequest`.
   *
   * @category models
   * @since 0.1.0
   */
  export interface FindOptions {
    readonly sessionId: string
    readonly userId: string
  }
}

const makeClient = Effect.fnUntraced(function* <E extends Plugin.Failure = never>(
  plugins: ReadonlyArray<Plugin<E>>
): Effect.fn.Return<Sessions.With<E>, DuplicatePlugin, HttpClient.HttpClient | PowerdrillConfig> {
  const config = yield* PowerdrillConfig
  const client: Client<E> = {
    http: yield* HttpClient.HttpClient,
    config,
    budget: yield* Effect.flatMap(
      Effect.serviceOption(RateBudget),
      Option.match({ onNone: () => RateBudget.makeMemory(config.requestsPerSecond), onSome: Effect.succeed })
    ),
    retryBudget: RetryBudget.make(),
    circuit: Circuit.make(),
    policy: yield* RetryPolicy,
    hooksIn: yield* InForce.make(plugins, redactor(config))
  }
  return make(config.baseUrl, (method, request, context) => call(client, method, request, context), {
    list: (options) => list(client, options),
    find: (options) => find(client, options)
  })
})

const make = <E>(
  baseUrl: string | undefined,
  call: (
    method: Plugin.Call["method"],
    request: DeleteRequest,
    context: Context.Context<never>
  ) => Effect.Effect<Receipt, SessionsError | E>,
  reads: Sessions.Reads
): Sessions.With<E> => {
  const checked = (method: Plugin.Call["method"], input: DeleteRequest.Input) =>
    withSpanWhenTraced(
      (context) =>
        Result.match(validate(input), {
          onSuccess: (request) => call(method, request, context),
          onFailure: Effect.fail
        }),
      `Sessions.${method}`,
      () => ({ shown: withoutUserId(input.userId) })
    )
  return {
    ...reads,
    baseUrl,
    delete: (input) => checked("delete", input),
    ensureDeleted: (input) =>
      Effect.catchIf(checked("ensureDeleted", input), (error) => error instanceof SessionNotFound, Effect.die)
  }
}
