/**
 * What a collector is told of deletes over real sockets.
 */
import { Plugin } from "@powerdrill-sessions/core"
import { metrics } from "@powerdrill-sessions/core/plugins"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { collect } from "./support/Collector.ts"
import { json, serve, success } from "./support/Server.ts"
import { canary, overFetch, remove } from "./support/sessions.ts"

const userId = "tmm-secret="

/** Exports all there is, and is through with it when the effect has ended. */
const exportTo = (baseUrl: string) =>
  Layer.merge(
    Otlp.layerJson({ baseUrl, resource: { serviceName: "tests", serviceVersion: "1.2.3" } }),
    Plugin.layer(metrics())
  ).pipe(Layer.provide(FetchHttpClient.layer))

describe("OTLP", () => {
  it.live("B27 a collector gets spans and figures of a delete, and neither key nor user id", () =>
    Effect.gen(function* () {
      const collector = yield* collect()
      const server = yield* serve(
        json({ code: 9999, msg: `${canary} broke for ${userId}` }, 500, { "x-pd-trace-id": "trace-1" }),
        json({ code: 100, msg: `${canary} is not for ${userId}` }, 400, { "x-pd-trace-id": "trace-2" })
      )
      yield* Effect.exit(remove("04b6", userId)).pipe(
        Effect.provide([overFetch({ baseUrl: `${server.url}/app/api` }), exportTo(collector.url)]),
        Effect.provideService(Metric.MetricRegistry, new Map())
      )
      assert.strictEqual(server.arrivals.length, 2)

      const spans = collector.spans()
      const [call] = spans.filter(({ name }) => name === "Sessions.delete")
      const attempts = spans.filter(({ name }) => name === "Sessions.attempt")
      assert.deepInclude(call?.resource, { "service.name": "tests", "service.version": "1.2.3" })
      assert.deepStrictEqual(call?.attributes, { "error.type": "BadRequest" })
      const http = {
        "http.request.method": "DELETE",
        "server.address": "127.0.0.1",
        "server.port": Number(new URL(server.url).port),
        "url.scheme": "http",
        "url.template": "/v1/team/sessions/{sessionId}",
        "powerdrill.session_id": "04b6"
      }
      assert.deepStrictEqual(
        attempts.map(({ attributes, kind, parentSpanId, traceId }) => ({ attributes, kind, parentSpanId, traceId })),
        [
          {
            attributes: {
              ...http,
              "powerdrill.attempt": 1,
              "powerdrill.outcome": "unknown",
              "powerdrill.code": 9999,
              "powerdrill.trace_id": "trace-1",
              "http.response.status_code": 500,
              "error.type": "Internal"
            },
            // CLIENT
            kind: 3,
            parentSpanId: call?.spanId,
            traceId: call?.traceId ?? ""
          },
          {
            attributes: {
              ...http,
              "http.request.resend_count": 1,
              "powerdrill.attempt": 2,
              "powerdrill.outcome": "unknown",
              "powerdrill.code": 100,
              "powerdrill.trace_id": "trace-2",
              "http.response.status_code": 400,
              "error.type": "BadRequest"
            },
            kind: 3,
            parentSpanId: call?.spanId,
            traceId: call?.traceId ?? ""
          }
        ]
      )

      const figures = collector.figures()
      assert.deepInclude(figures, {
        name: "powerdrill.sessions.calls",
        unit: "{call}",
        value: 1,
        attributes: {
          unit: "{call}",
          "powerdrill.method": "delete",
          "powerdrill.outcome": "unknown",
          "error.type": "BadRequest",
          "powerdrill.code": "100"
        }
      })
      const durations = figures.filter((figure) => figure?.name === "powerdrill.sessions.attempt.duration")
      assert.deepStrictEqual(
        durations.map((figure) => [figure?.unit, figure?.value]),
        [
          ["s", 1],
          ["s", 1]
        ]
      )

      for (const secret of [canary, "tmm-secret"]) assert.notInclude(collector.text(), secret)
      assert.include(collector.text(), "<redacted>")
    })
  )

  it.live("B03 the trace that the collector gets has the id that the API was sent", () =>
    Effect.gen(function* () {
      const collector = yield* collect()
      const server = yield* serve(success)
      const [own, callers] = yield* Effect.all([
        remove("04b6"),
        remove("04b7").pipe(Effect.withSpan("erase the user"))
      ]).pipe(
        Effect.provide([overFetch({ baseUrl: server.url, sendTraceId: true }), exportTo(collector.url)]),
        Effect.provideService(Metric.MetricRegistry, new Map())
      )
      const traceOf = (sessionId: string) =>
        collector.spans().find(({ attributes }) => attributes["powerdrill.session_id"] === sessionId)?.traceId
      const sent = server.arrivals.map(({ headers }) => headers["x-pd-external-trace-id"])
      assert.match(String(sent[0]), /^[0-9a-f]{32}$/)
      assert.notStrictEqual(sent[0], sent[1])
      assert.deepStrictEqual([traceOf("04b6"), traceOf("04b7")], sent)
      assert.deepStrictEqual([own.externalTraceId, callers.externalTraceId], sent)
      const [outermost] = collector.spans().filter(({ name }) => name === "erase the user")
      assert.strictEqual(outermost?.traceId, callers.externalTraceId)
      assert.isUndefined(outermost?.parentSpanId)
    })
  )
})
