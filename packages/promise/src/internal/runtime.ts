/**
 * Where promises meet effects: the settings become layers, a call becomes a fiber, and its exit becomes a result.
 */
import * as Core from "@powerdrill-sessions/core"
import { Cause, Context, Effect, Exit, Layer, ManagedRuntime, Predicate, Redacted, Result, type Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import { Aborted } from "../Aborted.ts"
import type { CallOptions } from "../CallOptions.ts"
import { ClientClosed } from "../ClientClosed.ts"
import { Defect } from "../Defect.ts"
import type { DeleteResult } from "../DeleteResult.ts"
import type { FailedOutcome } from "../FailedCall.ts"
import type { Plugin } from "../Plugin.ts"
import type { Fetch, SessionsOptions } from "../SessionsOptions.ts"
import type { CallSite } from "./callSite.ts"
import { sourceOf } from "./effectPlugin.ts"
import { insideHook } from "./insideHook.ts"
import { readsOf } from "./reads.ts"
import type { Settings } from "./settings.ts"
import { misshapenCallOption } from "./shapes.ts"
import { toCorePlugin, vetoed } from "./toCorePlugin.ts"
import { toReceipt } from "./toReceipt.ts"

/**
 * Makes what the calls of a client share.
 *
 * @internal
 */
export const start = (options: SessionsOptions, { config, userId }: Settings) => {
  const { fetch, plugins = [], retry: defaultRetry = "standard" } = options
  const redact = (text: string) => text.replaceAll(Redacted.value(config.apiKey), "<redacted>")
  const runtime = ManagedRuntime.make(layer(fetch, config, plugins, redact))
  let closed = false

  const run =
    <E extends Core.SessionsError>(
      method: (sessions: Core.Sessions["Service"], request: Core.DeleteRequest) => Effect.Effect<Core.Receipt, E>
    ) =>
    async (
      sessionId: string,
      callOptions: CallOptions = {},
      site: CallSite
    ): Promise<DeleteResult<E | Core.InvalidRequest | Core.Vetoed | Aborted | ClientClosed | Defect>> => {
      const failed = <E extends Error>(error: E) => ({ ok: false, error: site(error) }) as const
      const request = toRequest(sessionId, callOptions, userId)
      if (Result.isFailure(request)) return failed(request.failure)
      const { retry = defaultRetry, signal } = callOptions
      const inside = insideHook()
      if (inside !== undefined) return failed(vetoed(request.success, inside, "a hook must not delete"))
      if (closed) return failed(new ClientClosed({ sessionId, outcome: "not-deleted" }))
      if (isAborted(signal)) {
        return failed(new Aborted({ sessionId, outcome: "not-deleted", reason: signal?.reason }))
      }

      const ending: Ending = {}
      const exit = await runtime.runPromiseExit(
        Core.Sessions.use((sessions) => method(sessions, request.success)).pipe(
          Core.RetryPolicy.withPolicy(policies[retry]),
          Effect.provideService(CallEnding, ending)
        ),
        { signal }
      )
      if (Exit.isSuccess(exit)) return { ok: true, receipt: toReceipt(exit.value) }
      const error = Cause.findError(exit.cause)
      if (Result.isSuccess(error)) return failed(error.success)
      if (Cause.hasInterrupts(exit.cause) && (isAborted(signal) || closed)) {
        // It had ended before it was stopped.
        if (ending.told?._tag === "Deleted") return { ok: true, receipt: toReceipt(ending.told.receipt) }
        const outcome = outcomeOf(ending.told)
        if (isAborted(signal)) return failed(new Aborted({ sessionId, outcome, reason: signal?.reason }))
        return failed(new ClientClosed({ sessionId, outcome }))
      }
      return failed(new Defect({ sessionId, detail: redact(String(Cause.squash(exit.cause))) }))
    }

  return {
    ...readsOf({ runtime, policy: policies[defaultRetry], userId, isClosed: () => closed, redact }),
    delete: run((sessions, request) => sessions.delete(request)),
    ensureDeleted: run((sessions, request) => sessions.ensureDeleted(request)),
    close: (): Promise<void> => {
      closed = true
      return runtime.dispose()
    },
    client: { runtime, config, policy: policies[defaultRetry], redact, isClosed: () => closed }
  }
}

/**
 * What the calls of a client share, for what makes many calls.
 *
 * @internal
 */
export type Client = ReturnType<typeof start>["client"]

/** How a call ended, as the core tells it to its observers, also where its fiber was interrupted. */
interface Ending {
  told?: Core.Plugin.Outcome
}

class CallEnding extends Context.Reference<Ending>("@powerdrill-sessions/promise/internal/runtime/CallEnding", {
  defaultValue: () => ({})
}) {}

const observer = Core.Plugin.make({
  name: "@powerdrill-sessions/promise",
  after: (outcome) => Effect.map(CallEnding, (ending) => void (ending.told = outcome))
})

/** What is known of a call that was stopped. One that has told nothing had not begun. */
const outcomeOf = (told: Exclude<Core.Plugin.Outcome, { readonly _tag: "Deleted" }> | undefined): FailedOutcome => {
  if (told === undefined) return "not-deleted"
  return "error" in told ? told.error.outcome : told.outcome
}

const layer = (
  fetch: Fetch | undefined,
  config: Settings["config"],
  plugins: ReadonlyArray<Plugin>,
  redact: (text: string) => string
) =>
  Core.Sessions.layer.pipe(
    Layer.provide(Layer.orDie(Core.Plugin.layer(observer, ...plugins.map((plugin) => build(plugin, config, redact))))),
    Layer.provide(Layer.succeed(Core.PowerdrillConfig, config)),
    Layer.provide(Core.FetchTransport.layer),
    Layer.provide(
      Layer.succeed(
        FetchHttpClient.Fetch,
        // Looked up at each request, so that a `fetch` that is replaced later is used.
        fetch ?? ((input, init) => globalThis.fetch(input, init))
      )
    )
  )

/** A plugin that cannot be built may have been a guard: nothing passes. */
const build = (
  plugin: Plugin,
  { deadline }: Settings["config"],
  redact: (text: string) => string
): Effect.Effect<Core.Plugin, never, Scope.Scope> => {
  const source = sourceOf(plugin)
  if (source === undefined) return Effect.succeed(toCorePlugin(plugin, redact))
  if (!Effect.isEffect(source)) return Effect.succeed(source)
  const { name } = plugin
  return source.pipe(
    Effect.map((built) => Core.Plugin.make({ ...Core.Plugin.make(built), name })),
    Effect.timeout(deadline),
    Effect.catchCause((cause) =>
      Effect.succeed(
        Core.Plugin.make({
          name,
          // It has not said no: the core marks what is no veto as broken.
          before: () => Effect.die(new Error(`it could not be built: ${redact(String(Cause.squash(cause)))}`))
        })
      )
    )
  )
}

const isAborted = (signal: AbortSignal | undefined) => signal?.aborted === true

/** @internal */
export const policies = {
  standard: Core.RetryPolicy.standard,
  "rate-limits": Core.RetryPolicy.rateLimits,
  none: Core.RetryPolicy.none
}

/** The checked request, whatever a program in JavaScript has given. */
const toRequest = (
  sessionId: string,
  options: CallOptions,
  defaultUserId: string | undefined
): Result.Result<Core.DeleteRequest, Core.InvalidRequest> => {
  const misshapen = misshapenCallOption(options)
  if (misshapen !== undefined) return invalid(sessionId, misshapen.option ?? "options", misshapen.rule)
  const { externalTraceId, userId = defaultUserId } = options
  if (userId !== undefined) return Core.validate({ sessionId, userId, externalTraceId })
  return invalid(
    sessionId,
    "userId",
    "must be given, with the call or to createSessions, or as POWERDRILL_USER_ID in the environment"
  )
}

const invalid = (sessionId: unknown, field: string, rule: string) =>
  Result.fail(
    new Core.InvalidRequest({
      ...(Predicate.isString(sessionId) ? { sessionId } : undefined),
      outcome: "not-deleted",
      attempts: 0,
      field,
      rule
    })
  )
