/**
 * Where promises meet effects: the settings become layers, a call becomes a fiber, and its exit becomes a result.
 */
import * as Core from "@powerdrill-sessions/core"
import { Cause, DateTime, Effect, Exit, Layer, ManagedRuntime, Predicate, Redacted, Result } from "effect"
import { FetchHttpClient } from "effect/http"
import { Aborted } from "../Aborted.ts"
import type { CallOptions } from "../CallOptions.ts"
import { ClientClosed } from "../ClientClosed.ts"
import { Defect } from "../Defect.ts"
import type { DeleteResult } from "../DeleteResult.ts"
import type { Receipt } from "../Receipt.ts"
import type { Fetch, SessionsOptions } from "../SessionsOptions.ts"
import type { CallSite } from "./callSite.ts"
import type { Settings } from "./settings.ts"
import { misshapenCallOption } from "./shapes.ts"

/**
 * Makes what the calls of a client share.
 *
 * @internal
 */
export const start = (options: SessionsOptions, { config, userId }: Settings) => {
  const { fetch, retry: defaultRetry = "standard" } = options
  const runtime = ManagedRuntime.make(layer(fetch, config))
  const sessions = runtime.runSync(Core.Sessions)
  const redact = (text: string) => text.replaceAll(Redacted.value(config.apiKey), "<redacted>")
  let closed = false

  const run =
    <E extends Core.SessionsError>(method: (request: Core.DeleteRequest) => Effect.Effect<Core.Receipt, E>) =>
    async (
      sessionId: string,
      callOptions: CallOptions = {},
      site: CallSite
    ): Promise<DeleteResult<E | Core.InvalidRequest | Aborted | ClientClosed | Defect>> => {
      const failed = <E extends Error>(error: E) => ({ ok: false, error: site(error) }) as const
      const request = toRequest(sessionId, callOptions, userId)
      if (Result.isFailure(request)) return failed(request.failure)
      const { retry = defaultRetry, signal } = callOptions
      if (closed) return failed(new ClientClosed({ sessionId, outcome: "not-deleted" }))
      if (isAborted(signal)) {
        return failed(new Aborted({ sessionId, outcome: "not-deleted", reason: signal?.reason }))
      }

      const exit = await runtime.runPromiseExit(Core.RetryPolicy.withPolicy(method(request.success), policies[retry]), {
        signal
      })
      if (Exit.isSuccess(exit)) return { ok: true, receipt: toReceipt(exit.value) }
      const error = Cause.findError(exit.cause)
      if (Result.isSuccess(error)) return failed(error.success)
      // What had been sent when it was stopped may have arrived.
      if (Cause.hasInterrupts(exit.cause) && isAborted(signal)) {
        return failed(new Aborted({ sessionId, outcome: "unknown", reason: signal?.reason }))
      }
      if (Cause.hasInterrupts(exit.cause) && closed) return failed(new ClientClosed({ sessionId, outcome: "unknown" }))
      return failed(new Defect({ sessionId, detail: redact(String(Cause.squash(exit.cause))) }))
    }

  return {
    delete: run(sessions.delete),
    ensureDeleted: run(sessions.ensureDeleted),
    close: (): Promise<void> => {
      closed = true
      return runtime.dispose()
    }
  }
}

const layer = (fetch: Fetch | undefined, config: Settings["config"]) =>
  Core.Sessions.layer.pipe(
    Layer.provide(Layer.succeed(Core.PowerdrillConfig, config)),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(
      Layer.succeed(
        FetchHttpClient.Fetch,
        // Looked up at each request, so that a `fetch` that is replaced later is used.
        fetch ?? ((input, init) => globalThis.fetch(input, init))
      )
    )
  )

const isAborted = (signal: AbortSignal | undefined) => signal?.aborted === true

const policies = {
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

const toReceipt = ({ finishedAt, startedAt, ...receipt }: Core.Receipt): Receipt =>
  Object.freeze({
    ...receipt,
    startedAt: DateTime.toDateUtc(startedAt),
    finishedAt: DateTime.toDateUtc(finishedAt)
  })
