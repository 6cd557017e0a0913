/**
 * A real local server to practise on and to test against: the Powerdrill v1 session API with state in memory, and a
 * handle that says what it truly holds and what it truly received.
 *
 * @since 0.1.0
 */
import { Context, type Duration, Effect, Layer, Scope } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { HttpApiSwagger, OpenApi } from "effect/http-api"
import { NetAddress } from "effect/net"
import { RateLimiter } from "effect/persistence"
import type { Answers, ScriptedAnswer } from "./Answers.ts"
import { Api } from "./Api.ts"
import type { FaultPlan } from "./FaultPlan.ts"
import * as admin from "./internal/admin.ts"
import { exchange } from "./internal/exchange.ts"
import * as Faults from "./internal/faults.ts"
import * as handlers from "./internal/handlers.ts"
import { listen } from "./internal/server.ts"
import * as State from "./internal/state.ts"
import type { Oracle } from "./Oracle.ts"
import type { PortUnavailable } from "./PortUnavailable.ts"
import type { ReceivedRequest } from "./ReceivedRequest.ts"
import type { Session } from "./Session.ts"

/**
 * How an emulator behaves. Every option has a default.
 *
 * @since 0.1.0
 */
export interface EmulatorOptions {
  /** The port on 127.0.0.1; 0 picks a free one. Default 4010. */
  readonly port?: number | undefined
  /** The project API keys that are accepted; the first is `Emulator.apiKey`. Default: one. */
  readonly apiKeys?: readonly [string, ...Array<string>] | undefined
  /** The user that `create` and `seedSessions` create for. Default: an ID of the usual form. */
  readonly userId?: string | undefined
  /** How many sessions of that user, and of the first key, exist at the start. Default 0. */
  readonly seedSessions?: number | undefined
  /** Which side to take where the documentation contradicts itself. */
  readonly answers?: Answers | undefined
  /**
   * Requests per second and project key, over all operations; those above are refused with code 201, not delayed. A
   * fraction makes the window longer, 0 refuses everything, `Infinity` refuses nothing. Default 20, as documented.
   */
  readonly rate?: number | undefined
  /**
   * The most sessions on a page of a listing; one that is asked for more has so many, and says so in its `pageSize`.
   * Default: no maximum, as none is documented.
   */
  readonly maxPageSize?: number | undefined
  /** Sent as a `Retry-After` header, in whole seconds, with every refusal for the rate. Default: no such header. */
  readonly retryAfter?: Duration.Input | undefined
  /**
   * How long an API request takes: half passes before the server acts, half after, so that a client which gives up in
   * the second half has had its delete committed. Default 0.
   */
  readonly latency?: Duration.Input | undefined
  /**
   * How far the latency strays to both sides: a number is a fraction of it (0.5 is half), anything else a duration.
   * Default 0.
   */
  readonly jitter?: Duration.Input | undefined
  /** Which requests go wrong, and how. Default: none. */
  readonly faults?: FaultPlan | undefined
  /** Decides every `chance` of the plan: the same seed and the same requests have the same faults. Default 0. */
  readonly seed?: number | undefined
  /**
   * A second port on 127.0.0.1, where other processes read the truth as JSON, without a key: `GET /commits`,
   * `/requests` and `/sessions`; `PUT /faults` replaces the plan, `PUT /faults?seed=7` the seed too. 0 picks a free port.
   * Default: there is none.
   */
  readonly adminPort?: number | undefined
}

/**
 * The handle of a running emulator: where it is, what it truly holds, and what it truly received.
 *
 * **Example** (A test against a real server)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Emulator } from "@powerdrill-sessions/emulator"
 *
 * const program = Effect.gen(function*() {
 *   const emulator = yield* Emulator
 *   const session = yield* emulator.create({ title: "To be deleted" })
 *   yield* emulator.answerNextDelete({ code: 9999, commit: true })
 *   // … delete it through `emulator.baseUrl` …
 *   return yield* emulator.holds(session.id)
 * }).pipe(Effect.provide(Emulator.layerTest()))
 * ```
 *
 * @since 0.1.0
 */
export class Emulator extends Context.Service<
  Emulator,
  {
    /** `http://127.0.0.1:PORT/api`; `/docs` and `/openapi.json` are at the root of the same server. */
    readonly baseUrl: string
    readonly apiKey: string
    readonly userId: string
    /** Creates a session without a request. One with the same ID is replaced. */
    create(session?: {
      readonly sessionId?: string | undefined
      readonly userId?: string | undefined
      readonly apiKey?: string | undefined
      readonly title?: string | undefined
    }): Effect.Effect<Session>
    /** All sessions it truly holds now, of every key and user, oldest first. */
    readonly sessions: Effect.Effect<ReadonlyArray<Session>>
    /** Whether the session truly exists, whatever any answer said. */
    holds(sessionId: string): Effect.Effect<boolean>
    /** The requests that arrived so far, in order. It only ever grows; an entry gets its answer when that is sent. */
    readonly requests: Effect.Effect<ReadonlyArray<ReceivedRequest>>
    /** What arrived and what was truly committed, at this moment. */
    readonly oracle: Effect.Effect<Oracle>
    /** Replaces the fault plan and counts from the start; without a seed, with the emulator's. */
    useFaults(plan: FaultPlan, options?: { readonly seed?: number | undefined }): Effect.Effect<void>
    /** `http://127.0.0.1:PORT` of the admin port, if there is one. */
    readonly adminUrl: string | undefined
    /**
     * Queues an answer for the next delete, in place of the true one. Deletes that are refused before they reach the
     * session (key, rate, parameters) do not use it up.
     */
    answerNextDelete(answer: ScriptedAnswer): Effect.Effect<void>
  }
>()("@powerdrill-sessions/emulator/Emulator") {
  /**
   * Starts an emulator and stops it, freeing its port at once, when the scope closes.
   *
   * @since 0.1.0
   */
  static readonly make = (
    options: EmulatorOptions = {}
  ): Effect.Effect<Emulator["Service"], PortUnavailable, Scope.Scope> => start(options)

  /**
   * An emulator on a known port, by default 4010.
   *
   * @since 0.1.0
   */
  static readonly layer = (options?: EmulatorOptions): Layer.Layer<Emulator, PortUnavailable> =>
    Layer.effect(Emulator, Emulator.make(options))

  /**
   * An emulator for tests: on a free port, and without a rate unless one is given.
   *
   * @since 0.1.0
   */
  static readonly layerTest = (options?: Omit<EmulatorOptions, "port">): Layer.Layer<Emulator> =>
    Layer.orDie(Emulator.layer({ rate: Infinity, ...options, port: 0 }))
}

const start = Effect.fnUntraced(
  function* (options: EmulatorOptions) {
    const { answers = {}, apiKeys = ["emulator-project-key"], userId = "tmm-ZW11bGF0b3I=" } = options
    const [apiKey] = apiKeys
    const state = State.make()
    const scripts: Array<ScriptedAnswer> = []
    const log: Array<ReceivedRequest> = []
    const faults = Faults.make(options.faults ?? [], options.seed ?? 0)
    const oracle = Effect.sync((): Oracle => ({ commits: state.commits(), requests: log.slice() }))
    const sessions = Effect.sync(state.all)
    for (let i = 1; i <= (options.seedSessions ?? 0); i++) {
      state.create({ userId, apiKey, title: `Session ${i}` })
    }

    const app = yield* HttpRouter.toHttpEffect(
      Layer.merge(
        documentation,
        handlers.layer({
          answers,
          apiKeys,
          rate: options.rate ?? 20,
          retryAfter: options.retryAfter,
          maxPageSize: options.maxPageSize ?? Infinity,
          limiter: yield* makeLimiter,
          state,
          scripts
        })
      )
    ).pipe(Effect.provide(HttpServer.layerServices), Effect.provideService(HttpRouter.RouterConfig, strictRouting))

    const acts = yield* Effect.acquireRelease(Scope.make(), Scope.close)
    const around = exchange({
      answers,
      latency: options.latency ?? 0,
      jitter: options.jitter ?? 0,
      log,
      faults,
      acts
    })
    const { address } = yield* listen(options.port ?? 4010, around(app))
    const adminUrl =
      options.adminPort === undefined
        ? undefined
        : NetAddress.formatUrlUnsafe(
            (yield* listen(options.adminPort, yield* admin.app({ oracle, sessions, faults }))).address
          )

    return Emulator.of({
      baseUrl: `${NetAddress.formatUrlUnsafe(address)}/api`,
      apiKey,
      userId,
      create: (session = {}) =>
        Effect.sync(() =>
          state.create({
            id: session.sessionId,
            userId: session.userId ?? userId,
            apiKey: session.apiKey ?? apiKey,
            title: session.title
          })
        ),
      sessions,
      holds: (sessionId) => Effect.sync(() => state.has(sessionId)),
      requests: Effect.sync(() => log.slice()),
      oracle,
      useFaults: (plan, { seed } = {}) => Effect.sync(() => faults.use(plan, seed)),
      adminUrl,
      answerNextDelete: (answer) => Effect.sync(() => void scripts.push(answer))
    })
  },
  (effect) =>
    // Two emulators in one program, or an emulator beside another server, share nothing.
    Effect.suspend(() => Effect.provideService(effect, Layer.CurrentMemoMap, Layer.makeMemoMapUnsafe()))
)

const makeLimiter = RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory))

const documentation = Layer.merge(
  HttpRouter.add(
    "GET",
    "/openapi.json",
    Effect.sync(() => HttpServerResponse.jsonUnsafe(OpenApi.fromApi(Api)))
  ),
  HttpApiSwagger.layer(Api)
)

/** Paths mean what they say: session IDs have any length, and their case, slashes and dots are their own. */
const strictRouting = {
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false,
  maxParamLength: Number.MAX_SAFE_INTEGER
}
