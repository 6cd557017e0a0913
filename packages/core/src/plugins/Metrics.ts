/**
 * Figures for whoever operates this: how many deletes, how they ended, how long they took and what they waited for.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Metric } from "effect"
import { Plugin } from "../Plugin.ts"

/**
 * Options of {@link metrics}.
 *
 * @category models
 * @since 0.1.0
 */
export interface MetricsOptions {
  /** More attributes for every figure, such as the name of a tenant. Each combination of values is a series of its own. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/**
 * A plugin that counts and measures calls, attempts and waits, with Effect's `Metric`.
 *
 * **Details**
 *
 * | name | type | unit | by |
 * |---|---|---|---|
 * | `powerdrill.sessions.calls` | counter | `{call}` | method, outcome, disposition, error, code |
 * | `powerdrill.sessions.call.duration` | histogram | `s` | method, outcome, error |
 * | `powerdrill.sessions.call.attempts` | histogram | `{attempt}` | method, outcome |
 * | `powerdrill.sessions.attempts` | counter | `{attempt}` | outcome, disposition, error, code, HTTP status |
 * | `powerdrill.sessions.attempt.duration` | histogram | `s` | outcome, error, HTTP status |
 * | `powerdrill.sessions.attempt.queue.duration` | histogram | `s` | |
 * | `powerdrill.sessions.retry.delay` | histogram | `s` | error |
 *
 * The attributes are `powerdrill.method`, `powerdrill.outcome` (`deleted`, `not-deleted`, `unknown`),
 * `powerdrill.disposition`, `error.type` (the tag of the error, `Interrupted` or `Died`), `powerdrill.code` (`other` where
 * the code is none of the documented ones) and `http.response.status_code`. None holds an id, a key or text from
 * elsewhere, so that the number of series has a limit.
 *
 * `retry.delay` is the wait that the policy asks for; other plugins may lengthen it.
 *
 * The figures are in the `MetricRegistry` of the program. `OtlpMetrics` and `PrometheusMetrics` of `effect/observability`
 * export them.
 *
 * **Example** (Text for Prometheus)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { PrometheusMetrics } from "effect/observability"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { metrics } from "@powerdrill-sessions/core/plugins"
 *
 * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(metrics())))
 *
 * const program = Effect.gen(function* () {
 *   yield* Sessions.use((sessions) => sessions.delete({ sessionId: "04b6…", userId: "tmm-…" }))
 *   return yield* PrometheusMetrics.format()
 * }).pipe(Effect.provide(layer))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const metrics = ({ attributes = {} }: MetricsOptions = {}): Plugin => {
  const add = <State>(metric: Metric.Metric<number, State>, value: number, by: Attributes) =>
    Metric.update(Metric.withAttributes(metric, { ...attributes, ...present(by) }), value)

  return Plugin.make({
    name: "metrics",
    onAttempt: (attempt) => {
      const { code, disposition, error, outcome, status } = ofAttempt(attempt)
      return Effect.all([
        add(attempts, 1, { ...outcome, ...disposition, ...error, ...code, ...status }),
        add(attemptDuration, Duration.toSeconds(attempt.duration), { ...outcome, ...error, ...status }),
        add(queueDuration, Duration.toSeconds(attempt.queued), {})
      ])
    },
    onRetry: ({ error, wait }) => add(retryDelay, Duration.toSeconds(wait), { "error.type": error._tag }),
    after: (ended) => {
      const { code, disposition, error, method, outcome } = ofCall(ended)
      return Effect.all([
        add(calls, 1, { ...method, ...outcome, ...disposition, ...error, ...code }),
        add(callDuration, Duration.toSeconds(ended.duration), { ...method, ...outcome, ...error }),
        add(callAttempts, ended.attempts, { ...method, ...outcome })
      ])
    }
  })
}

type Attributes = Readonly<Record<string, string | undefined>>

const present = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

const ofAttempt = ({ disposition, error, httpStatus, outcome }: Plugin.Attempt) => ({
  outcome: { "powerdrill.outcome": outcome },
  disposition: { "powerdrill.disposition": disposition },
  error: { "error.type": error?._tag },
  code: { "powerdrill.code": codeOf(error) },
  status: { "http.response.status_code": httpStatus?.toString() }
})

const ofCall = (ended: Plugin.Outcome) => {
  const method = { "powerdrill.method": ended.call.method }
  if (ended._tag === "Deleted") {
    return {
      method,
      outcome: { "powerdrill.outcome": "deleted" },
      disposition: { "powerdrill.disposition": ended.receipt.disposition }
    }
  }
  const { outcome, type, code } =
    "error" in ended
      ? { outcome: ended.error.outcome, type: ended.error._tag, code: codeOf(ended.error) }
      : { outcome: ended.outcome, type: ended._tag, code: undefined }
  return {
    method,
    outcome: { "powerdrill.outcome": outcome },
    error: { "error.type": type },
    code: { "powerdrill.code": code }
  }
}

/** A code that nobody has documented can be any number. */
const codeOf = (error: Plugin.Failure | undefined): string | undefined => {
  if (error === undefined || !("code" in error) || typeof error.code !== "number") return undefined
  return documented.has(error.code) ? String(error.code) : "other"
}

const documented = new Set([0, 100, 201, 1002, 1003, 1004, 9999, 100001, 300001, 300002, 300003])

const unit = (unit: string) => ({ attributes: { unit } })

/** Those that OpenTelemetry advises for HTTP, and what a deadline of a minute adds. */
const seconds = {
  ...unit("s"),
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60]
}

const calls = Metric.counter("powerdrill.sessions.calls", {
  ...unit("{call}"),
  description: "Calls that have ended",
  incremental: true
})

const callDuration = Metric.histogram("powerdrill.sessions.call.duration", {
  ...seconds,
  description: "Duration of calls, with all attempts and waits"
})

const callAttempts = Metric.histogram("powerdrill.sessions.call.attempts", {
  ...unit("{attempt}"),
  boundaries: [0, 1, 2, 3, 5, 10],
  description: "Attempts per call"
})

const attempts = Metric.counter("powerdrill.sessions.attempts", {
  ...unit("{attempt}"),
  description: "Requests that were sent to delete a session",
  incremental: true
})

const attemptDuration = Metric.histogram("powerdrill.sessions.attempt.duration", {
  ...seconds,
  description: "Duration of attempts, from sending to the end of the answer"
})

const queueDuration = Metric.histogram("powerdrill.sessions.attempt.queue.duration", {
  ...seconds,
  description: "How long attempts waited for their turn in the team's budget"
})

const retryDelay = Metric.histogram("powerdrill.sessions.retry.delay", {
  ...seconds,
  description: "How long the policy waits before it tries again"
})
