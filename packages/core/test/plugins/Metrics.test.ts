import { Plugin, type PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { metrics, type MetricsOptions } from "@powerdrill-sessions/core/plugins"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Layer, Metric, Schema } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { canary, ensure, overScript, remove } from "../support/sessions.ts"

const { refused, reset, respond, silence } = ScriptedHttpClient
const deleted = respond({ code: 0, data: null })
const missing = respond({ code: 300003 })
const limited = respond({ code: 201 }, { status: 429 })

type Provided = Layer.Success<ReturnType<typeof overScript>>

interface Setting {
  readonly script: ReadonlyArray<ScriptedAnswer>
  readonly plugin?: MetricsOptions
  readonly config?: Partial<PowerdrillConfig.Options>
}

/** Runs calls in simulated time and looks at what is in the registry afterwards. */
const afterwards =
  <B>(look: Effect.Effect<B>) =>
  <A, E>({ config, plugin, script }: Setting, calls: Effect.Effect<A, E, Provided>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.exit(calls))
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(fiber)
      return yield* look
    }).pipe(
      Effect.provide([overScript(script, config), Plugin.layer(metrics(plugin))]),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )

/** A line for each series: how many, and for durations also how long together. */
const figures = afterwards(
  Effect.map(Metric.snapshot, (all) =>
    all.map(({ attributes: { unit, ...by } = {}, id, state }) => {
      const labels = Object.entries(by).map(([key, text]) => ` ${key.replace("powerdrill.", "")}=${text}`)
      const count = "count" in state ? `${state.count}` : ""
      const sum = "sum" in state ? ` (${state.sum} ${unit})` : ` ${unit}`
      return `${id.replace("powerdrill.sessions.", "")}${labels.join("")}: ${count}${sum}`
    })
  )
)

const only = (name: string, lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith(name))

describe("metrics", () => {
  it.effect("counts and measures a call and its attempts", () =>
    Effect.gen(function* () {
      const lines = yield* figures({ script: [silence, deleted] }, remove("04b6"))
      assert.deepStrictEqual(only("attempts", lines), [
        "attempts outcome=unknown error.type=OutcomeUnknown: 1 {attempt}",
        "attempts outcome=deleted disposition=deleted http.response.status_code=200: 1 {attempt}"
      ])
      assert.deepStrictEqual(only("attempt.", lines), [
        "attempt.duration outcome=unknown error.type=OutcomeUnknown: 1 (10 s)",
        "attempt.queue.duration: 2 (0 s)",
        "attempt.duration outcome=deleted http.response.status_code=200: 1 (0 s)"
      ])
      assert.deepStrictEqual(only("calls", lines), [
        "calls method=delete outcome=deleted disposition=deleted: 1 {call}"
      ])
      assert.deepStrictEqual(only("call.attempts", lines), [
        "call.attempts method=delete outcome=deleted: 1 (2 {attempt})"
      ])
      const [waited = ""] = only("retry.delay", lines)
      const seconds = Number(/^retry\.delay error\.type=OutcomeUnknown: 1 \(([\d.]+) s\)$/.exec(waited)?.[1])
      const [took = ""] = only("call.duration", lines)
      const together = Number(/^call\.duration method=delete outcome=deleted: 1 \(([\d.]+) s\)$/.exec(took)?.[1])
      assert.closeTo(together, 10 + seconds, 0.002)
    })
  )

  it.effect("tells endings apart, by error, code and HTTP status", () =>
    Effect.gen(function* () {
      const calls = (setting: Setting, call: Effect.Effect<unknown, unknown, Sessions>) =>
        Effect.map(figures(setting, call), (lines) => [...only("calls", lines), ...only("attempts", lines)])
      assert.deepStrictEqual(yield* calls({ script: [missing] }, remove("04b6")), [
        "calls method=delete outcome=not-deleted error.type=SessionNotFound code=300003: 1 {call}",
        "attempts outcome=not-deleted error.type=SessionNotFound code=300003 http.response.status_code=200: 1 {attempt}"
      ])
      assert.deepStrictEqual(
        (yield* calls({ script: [missing] }, ensure("04b6")))[0],
        "calls method=ensureDeleted outcome=deleted disposition=already-absent: 1 {call}"
      )
      assert.deepStrictEqual(
        (yield* calls({ script: [reset, missing] }, remove("04b6")))[0],
        "calls method=delete outcome=deleted disposition=absent-after-unknown: 1 {call}"
      )
      const unreachable = yield* calls({ script: [refused] }, RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.none))
      assert.deepStrictEqual(unreachable, [
        "calls method=delete outcome=not-deleted error.type=Unreachable: 1 {call}",
        "attempts outcome=not-deleted error.type=Unreachable: 1 {attempt}"
      ])
    })
  )

  it.effect("counts calls that were refused, interrupted or broken", () =>
    Effect.gen(function* () {
      const calls = (script: ReadonlyArray<ScriptedAnswer>, call: Effect.Effect<unknown, unknown, Sessions>) =>
        Effect.map(figures({ script }, call), (lines) => only("calls", lines))
      const refusing = Plugin.make({ name: "refusing", before: () => Plugin.veto("no") })
      assert.deepStrictEqual(yield* calls([], Plugin.with(refusing)(remove("04b6"))), [
        "calls method=delete outcome=not-deleted error.type=Vetoed: 1 {call}"
      ])
      assert.deepStrictEqual(yield* calls([silence], Effect.timeout(remove("04b6"), "1 second")), [
        "calls method=delete outcome=unknown error.type=Interrupted: 1 {call}"
      ])
      // Beyond its end the script dies.
      assert.deepStrictEqual(yield* calls([], remove("04b6")), [
        "calls method=delete outcome=unknown error.type=Died: 1 {call}"
      ])
    })
  )

  it.effect("measures how long attempts wait for their turn", () =>
    Effect.gen(function* () {
      const both = Effect.forEach(["a", "b"], (id) => remove(id), { concurrency: 2 })
      const lines = yield* figures({ script: [deleted, deleted], config: { requestsPerSecond: 1 } }, both)
      const [queued = ""] = only("attempt.queue", lines)
      assert.match(queued, /^attempt\.queue\.duration: 2 \(1\.03\d* s\)$/)
    })
  )

  it.effect("has as many series as there are kinds of endings, whatever is deleted and whatever the API says", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 50 }, (_, index) => `session-${index}`)
      const script = ids.map((_, index) => respond({ code: 777_000 + index, msg: `about ${index}` }))
      const lines = yield* figures(
        { script },
        Effect.forEach(ids, (id) => Effect.exit(remove(id, `tmm-${id}`)))
      )
      assert.deepStrictEqual(only("calls", lines), [
        "calls method=delete outcome=not-deleted error.type=UnrecognizedCode code=other: 50 {call}"
      ])
      assert.strictEqual(lines.length, 6)
    })
  )

  it.effect("counts the errors that wrappers add, and adds attributes of the caller's own", () =>
    Effect.gen(function* () {
      class Busy extends Schema.TaggedError<Busy>()("Busy", {
        outcome: Schema.tag("not-deleted"),
        code: Schema.String
      }) {}
      const busy = Plugin.make({ name: "busy", around: () => Effect.fail(new Busy({ code: "free text" })) })
      const lines = yield* figures(
        { script: [], plugin: { attributes: { tenant: "a" } } },
        Effect.flatMap(Sessions.make(busy), (sessions) => sessions.delete({ sessionId: "04b6", userId: "u" }))
      )
      assert.deepStrictEqual(only("calls", lines), [
        "calls tenant=a method=delete outcome=not-deleted error.type=Busy: 1 {call}"
      ])
    })
  )

  it.effect("B27 is text for Prometheus, without key, user id and session id", () =>
    Effect.gen(function* () {
      const text = yield* afterwards(PrometheusMetrics.format())(
        { script: [limited, respond({ code: 100, msg: `${canary} tmm-secret` })] },
        remove("session-secret", "tmm-secret")
      )
      for (const line of [
        "# HELP powerdrill_sessions_calls Calls that have ended",
        "# TYPE powerdrill_sessions_calls counter",
        'powerdrill_sessions_calls{powerdrill_method="delete",powerdrill_outcome="not-deleted",error_type="BadRequest",powerdrill_code="100"} 1',
        'powerdrill_sessions_attempts{powerdrill_outcome="not-deleted",error_type="RateLimited",powerdrill_code="201",http_response_status_code="429"} 1',
        "# TYPE powerdrill_sessions_call_duration histogram",
        'powerdrill_sessions_call_attempts_bucket{powerdrill_method="delete",powerdrill_outcome="not-deleted",le="1"} 0',
        'powerdrill_sessions_call_attempts_bucket{powerdrill_method="delete",powerdrill_outcome="not-deleted",le="2"} 1'
      ]) {
        assert.include(text.split("\n"), line)
      }
      for (const secret of [canary, "tmm-secret", "session-secret"]) assert.notInclude(text, secret)
    })
  )
})
