/**
 * Deleting Powerdrill sessions: one irreversible act, and the truth about how it ended.
 *
 * @since 0.1.0
 */
import { type Config, Context, DateTime, Effect, Layer, Option } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { type DeleteRequest, validate } from "./DeleteRequest.ts"
import { call, type Client, toReceipt } from "./internal/call.ts"
import * as Circuit from "./internal/circuit.ts"
import * as RetryBudget from "./internal/retryBudget.ts"
import { withSpanWhenTraced } from "./internal/traced.ts"
import { type InvalidConfig, PowerdrillConfig } from "./PowerdrillConfig.ts"
import { RateBudget } from "./RateBudget.ts"
import type { Disposition, Receipt } from "./Receipt.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import type { SessionNotFound, SessionsError } from "./SessionsError.ts"

/**
 * Deletes sessions.
 *
 * **Details**
 *
 * `delete` succeeds with a {@link Receipt} when the session is known to be gone, and fails with one of the
 * {@link SessionsError}s otherwise. A session that was never found is the failure `SessionNotFound`.
 *
 * `ensureDeleted` is the same, but a session that was not found is a receipt with the disposition `already-absent`.
 *
 * **Gotchas**
 *
 * Once deleted, a session and its job history cannot be recovered (page "Delete session").
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
 * @category services
 * @since 0.1.0
 */
export class Sessions extends Context.Service<
  Sessions,
  {
    readonly delete: (request: DeleteRequest.Input) => Effect.Effect<Receipt, SessionsError>
    readonly ensureDeleted: (
      request: DeleteRequest.Input
    ) => Effect.Effect<Receipt, Exclude<SessionsError, SessionNotFound>>
  }
>()("@powerdrill-sessions/core/Sessions") {
  /**
   * Deletes through the `HttpClient` and the settings that are provided, and within the {@link RateBudget} that is; where
   * none is provided, within one of its own, in memory.
   *
   * **Gotchas**
   *
   * The client must not follow redirects by means of its own, such as `HttpClient.followRedirects`: the key would
   * travel with them. `FetchHttpClient` is told not to.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<Sessions, never, HttpClient.HttpClient | PowerdrillConfig> = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const config = yield* PowerdrillConfig
      const client: Client = {
        http: yield* HttpClient.HttpClient,
        config,
        budget: yield* Effect.flatMap(
          Effect.serviceOption(RateBudget),
          Option.match({ onNone: () => RateBudget.makeMemory(config.requestsPerSecond), onSome: Effect.succeed })
        ),
        retryBudget: RetryBudget.make(),
        circuit: Circuit.make(),
        policy: yield* RetryPolicy
      }
      return make((request) => call(client, request))
    })
  )

  /**
   * All wired: the runtime's own fetch, and settings from the environment
   * (see {@link PowerdrillConfig.layerConfig} for the variables).
   *
   * @since 0.1.0
   */
  static readonly layerFetch: Layer.Layer<Sessions, Config.ConfigError | InvalidConfig> = this.layer.pipe(
    Layer.provide([FetchHttpClient.layer, PowerdrillConfig.layerConfig()])
  )

  /**
   * For tests of code that uses {@link Sessions}: no network, each checked request is answered by a function, with how
   * the session is known to be gone or with any of the errors.
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
   * @since 0.1.0
   */
  static readonly layerTest = (
    answer: (request: DeleteRequest) => Effect.Effect<Disposition, SessionsError>
  ): Layer.Layer<Sessions> =>
    Layer.succeed(
      Sessions,
      make(
        Effect.fnUntraced(function* (request) {
          const startedAt = yield* DateTime.now
          const disposition = yield* answer(request)
          return yield* toReceipt(request, startedAt, 1, { disposition, traceId: undefined, verified: false })
        })
      )
    )
}

type Call = (request: DeleteRequest) => Effect.Effect<Receipt, SessionsError>

const make = (call: Call): Sessions["Service"] =>
  Sessions.of({
    delete: (input) => Effect.flatMap(check(input), call).pipe(withSpanWhenTraced("Sessions.delete")),
    ensureDeleted: Effect.fnUntraced(function* (input) {
      const request = yield* check(input)
      const startedAt = yield* DateTime.now
      return yield* Effect.catchTag(call(request), "SessionNotFound", ({ attempts, externalTraceId, traceId }) =>
        toReceipt({ ...request, externalTraceId }, startedAt, attempts, {
          disposition: "already-absent",
          traceId,
          verified: false
        })
      )
    }, withSpanWhenTraced("Sessions.ensureDeleted"))
  })

const check = (input: DeleteRequest.Input) => Effect.suspend(() => Effect.fromResult(validate(input)))
