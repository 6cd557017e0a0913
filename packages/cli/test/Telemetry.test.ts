/**
 * What a collector is told of a run, and what becomes of the run if it does not listen.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { canary, environment, objects, run } from "./support/cli.ts"
import { collect } from "../../core/test/support/Collector.ts"
import { json, serve, success } from "../../core/test/support/Server.ts"

/** How long the program waits for a collector, and a margin for slow machines, in milliseconds. */
const longest = 2_000 + 2_500

const timed = <A>(effect: Effect.Effect<A>) =>
  Effect.map(Effect.timed(effect), ([duration, value]) => ({ ...value, millis: Duration.toMillis(duration) }))

describe("powerdrill-sessions delete --otlp-endpoint", () => {
  it.live("B27 exports spans and figures of every delete, and neither key nor user id", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const collector = yield* collect()
      const { id } = yield* emulator.create()
      const { code, stderr, stdout } = yield* run(
        ["delete", id, "missing", "--yes", "--json", "--otlp-endpoint", `${collector.url}/`],
        {
          env: {
            ...environment(emulator.baseUrl, emulator.apiKey, emulator.userId),
            POWERDRILL_SEND_TRACE_ID: "true"
          }
        }
      )
      assert.strictEqual(code, 1)
      assert.strictEqual(stderr, "1 deleted, 1 not deleted.\n")
      const lines = objects(stdout)
      assert.strictEqual(lines.length, 2)

      const spans = collector.spans()
      assert.deepStrictEqual(
        spans.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b)),
        ["Sessions.attempt", "Sessions.attempt", "Sessions.delete", "Sessions.delete"]
      )
      assert.strictEqual(spans[0]?.resource["service.name"], "powerdrill-sessions")
      assert.match(String(spans[0]?.resource["service.version"]), /^\d+\.\d+\.\d+$/)
      // The vendor and the collector know a call by one id.
      const received = (yield* emulator.requests).map(({ headers }) => headers["x-pd-external-trace-id"])
      assert.deepStrictEqual(new Set(received), new Set(spans.map(({ traceId }) => traceId)))
      assert.deepStrictEqual(new Set(lines.map(({ externalTraceId }) => externalTraceId)), new Set(received))

      const calls = collector.figures().filter((figure) => figure?.name === "powerdrill.sessions.calls")
      assert.deepStrictEqual(
        new Set(calls.map((figure) => `${figure?.attributes["powerdrill.outcome"]} ${figure?.value}`)),
        new Set(["deleted 1", "not-deleted 1"])
      )
      assert.deepStrictEqual(collector.paths(), new Set(["/v1/traces", "/v1/metrics"]))
      for (const secret of [emulator.apiKey, emulator.userId]) assert.notInclude(collector.text(), secret)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.live("takes the standard variables; the flag wins over them", () =>
    Effect.gen(function* () {
      const api = yield* serve(success)
      const collector = yield* collect()
      const other = yield* collect()
      const env = {
        ...environment(api.url),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20token",
        OTEL_SERVICE_NAME: "cleanup"
      }
      assert.strictEqual((yield* run(["delete", "a", "--yes"], { env })).code, 0)
      assert.strictEqual(collector.spans()[0]?.resource["service.name"], "cleanup")
      assert.strictEqual(collector.headers()[0]?.["authorization"], "Bearer token")
      const before = collector.text()
      yield* run(["delete", "a", "--yes", "--otlp-endpoint", other.url], {
        env: { ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` }
      })
      assert.strictEqual(other.spans().length, 2)
      assert.strictEqual(collector.text(), before)
    })
  )

  it.live("exports nothing where nothing says so, or OTEL_SDK_DISABLED does", () =>
    Effect.gen(function* () {
      const api = yield* serve(success)
      const collector = yield* collect()
      for (const env of [
        { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
        { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: "true" },
        { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }
      ]) {
        const { code, stderr } = yield* run(["delete", "a", "--yes"], { env: { ...environment(api.url), ...env } })
        assert.deepStrictEqual([code, stderr], [0, "1 deleted.\n"])
      }
      assert.strictEqual(collector.paths().size, 0)
    })
  )

  it.live(
    "a collector that is not there, that hangs or that fails delays the end a little, and changes nothing else",
    () =>
      Effect.gen(function* () {
        const api = yield* serve(success)
        const hanging = yield* collect(() => {})
        const failing = yield* collect(json({}, 500))
        const env = environment(api.url)
        const plain = yield* timed(run(["delete", "a", "--yes", "--json"], { env }))
        for (const url of ["http://127.0.0.1:9", hanging.url, failing.url]) {
          const { code, millis, stderr, stdout } = yield* timed(
            run(["delete", "a", "--yes", "--json", "--otlp-endpoint", url], { env })
          )
          assert.strictEqual(code, 0)
          assert.deepInclude(objects(stdout)[0], { sessionId: "a", outcome: "deleted" })
          assert.strictEqual(stdout.split("\n").length, 2)
          assert.strictEqual(
            stderr,
            `Spans or metrics did not reach ${url}; that changes nothing of the above.\n1 deleted.\n`
          )
          assert.isBelow(millis - plain.millis, longest, url)
        }
      }),
    30_000
  )

  it.live("says so if a variable cannot be used, and deletes all the same", () =>
    Effect.gen(function* () {
      const api = yield* serve(success)
      const env = { ...environment(api.url), OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }
      const { code, stderr } = yield* run(["delete", "a", "--yes"], { env })
      assert.deepStrictEqual([code, stderr], [0, "Telemetry is off: a variable OTEL_… cannot be used.\n1 deleted.\n"])
    })
  )

  it.live("exit 2: an endpoint that is no URL", () =>
    Effect.gen(function* () {
      const api = yield* serve(success)
      const { code, stderr } = yield* run(["delete", "a", "--yes", "--otlp-endpoint", "collector"], {
        env: environment(api.url, canary)
      })
      assert.strictEqual(code, 2)
      assert.include(stderr, "an http or https URL")
      assert.strictEqual(api.arrivals.length, 0)
    })
  )
})
