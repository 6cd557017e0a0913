import { PowerdrillConfig, Receipt, RetryPolicy, SessionNotFound, Sessions } from "@powerdrill-sessions/core"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Layer, Logger, References, Tracer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { recorder } from "./support/recorder.ts"
import { canary, ensure, overScript, remove, requestCount, requests } from "./support/sessions.ts"

const { refused, reset, respond, silence } = ScriptedHttpClient
const traced = { headers: { "x-pd-trace-id": "trace-1" } }
const deleted = respond({ code: 0, data: null }, traced)
const notFound = respond({ code: 300003, msg: "session not found" }, traced)
const rateLimited = (retryAfter?: string) =>
  respond({ code: 201 }, retryAfter === undefined ? {} : { headers: { "retry-after": retryAfter } })

/** Runs to its end in simulated time; how long that took is in the result. */
const inTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(Effect.timed(Effect.result(effect)))
  yield* TestClock.adjust("1 hour")
  const [took, result] = yield* Fiber.join(fiber)
  return { took: Duration.toMillis(took), result }
})

const failure = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(inTime(effect), ({ result, took }) => {
    if (result._tag === "Success") throw new Error("It succeeded.")
    return { error: result.failure, took }
  })

const success = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(inTime(effect), ({ result }) => Effect.fromResult(result))

/** Over a script, through a client that was changed. */
const overClient = (
  script: ReadonlyArray<ScriptedAnswer>,
  change: (client: HttpClient.HttpClient) => HttpClient.HttpClient
) =>
  Sessions.layer.pipe(
    Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, change))),
    Layer.provide([ScriptedHttpClient.layer(script), PowerdrillConfig.layer({ apiKey: canary })])
  )

describe("Sessions", () => {
  it.effect("returns a receipt for a session that was deleted", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const receipt = yield* Sessions.use((sessions) =>
        sessions.delete({ sessionId: "04b6", userId: "tmm-1=", externalTraceId: "mine" })
      )
      assert.deepStrictEqual(
        receipt,
        new Receipt({
          sessionId: receipt.sessionId,
          userId: receipt.userId,
          disposition: "deleted",
          verified: false,
          traceId: "trace-1",
          ...(receipt.externalTraceId === undefined ? undefined : { externalTraceId: receipt.externalTraceId }),
          attempts: 1,
          startedAt: DateTime.makeUnsafe(1_000),
          finishedAt: DateTime.makeUnsafe(1_000)
        })
      )
      assert.deepStrictEqual([receipt.sessionId, receipt.userId, receipt.externalTraceId], ["04b6", "tmm-1=", "mine"])
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("looks at the request when it runs, and each time that it runs", () =>
    Effect.gen(function* () {
      const request = { sessionId: "..", userId: "tmm-1" }
      const call = Sessions.use((sessions) => Effect.succeed(sessions.delete(request)))
      const deletion = yield* call
      request.sessionId = "04b6"
      assert.strictEqual((yield* deletion).sessionId, "04b6")
      request.sessionId = ".."
      assert.strictEqual((yield* Effect.flip(deletion))._tag, "InvalidRequest")
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("B14 a first not found fails delete", () =>
    Effect.gen(function* () {
      const { error } = yield* failure(remove("04b6"))
      assert.instanceOf(error, SessionNotFound)
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([notFound])))
  )

  it.effect("B14 a first not found is an already-absent receipt from ensureDeleted", () =>
    Effect.gen(function* () {
      const receipt = yield* ensure("04b6")
      assert.strictEqual(receipt.disposition, "already-absent")
      assert.strictEqual(receipt.traceId, "trace-1")
      assert.strictEqual(receipt.attempts, 1)
    }).pipe(Effect.provide(overScript([notFound])))
  )

  for (const operation of [remove, ensure]) {
    it.effect("B14 not found after an unknown attempt is absent-after-unknown from both", () =>
      Effect.gen(function* () {
        const receipt = yield* success(operation("04b6"))
        assert.strictEqual(receipt.disposition, "absent-after-unknown")
        assert.strictEqual(receipt.attempts, 2)
      }).pipe(Effect.provide(overScript([reset, notFound])))
    )
  }

  it.effect("B14 an internal error, then not found, is absent-after-unknown: the error came after the delete", () =>
    Effect.gen(function* () {
      const receipt = yield* success(remove("04b6"))
      assert.strictEqual(receipt.disposition, "absent-after-unknown")
    }).pipe(Effect.provide(overScript([respond({ code: 9999 }), notFound])))
  )

  it.effect("B18 no wait goes beyond the deadline", () =>
    Effect.gen(function* () {
      const { error, took } = yield* failure(remove("04b6"))
      assert.strictEqual(error._tag, "RateLimited")
      assert.strictEqual(took, 0)
    }).pipe(Effect.provide(overScript([rateLimited("30"), deleted], { deadline: "20 seconds" })))
  )

  it.effect("B14 a refusal after an unknown attempt leaves the session unknown", () =>
    Effect.gen(function* () {
      const { error } = yield* failure(remove("04b6"))
      assert.strictEqual(error._tag, "InvalidOperation")
      assert.strictEqual(error.outcome, "unknown")
    }).pipe(Effect.provide(overScript([reset, respond({ code: 100001 })])))
  )

  it.effect("B11 a lost connection is unknown, never not deleted, when nothing is tried again", () =>
    Effect.gen(function* () {
      const { error } = yield* failure(RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.none))
      assert.strictEqual(error._tag, "OutcomeUnknown")
      assert.strictEqual(error.outcome, "unknown")
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([reset, notFound])))
  )

  it.effect("B12 silence ends at the attempt's timeout, as unknown", () =>
    Effect.gen(function* () {
      const { error, took } = yield* failure(RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.none))
      assert.deepInclude({ ...error }, { _tag: "OutcomeUnknown", reason: "timeout", outcome: "unknown" })
      assert.strictEqual(took, 3_000)
    }).pipe(Effect.provide(overScript([silence], { attemptTimeout: "3 seconds" })))
  )

  it.effect("B18 the deadline covers all attempts and waits", () =>
    Effect.gen(function* () {
      const { error, took } = yield* failure(remove("04b6"))
      assert.strictEqual(error._tag, "OutcomeUnknown")
      assert.isAtMost(took, 15_000)
      assert.isAbove(yield* requestCount, 1)
    }).pipe(
      Effect.provide(
        overScript([silence, silence, silence, silence], {
          attemptTimeout: "10 seconds",
          deadline: "15 seconds"
        })
      )
    )
  )

  const retried: ReadonlyArray<readonly [what: string, answer: ScriptedAnswer]> = [
    ["code 201", rateLimited()],
    ["HTTP 429", respond("too many", { status: 429 })],
    ["code 9999", respond({ code: 9999 })],
    ["HTTP 503", respond("down", { status: 503 })],
    ["an unreachable server", refused],
    ["a lost connection", reset]
  ]
  for (const [what, answer] of retried) {
    it.effect(`B16 the standard policy tries again after ${what}, four times at most`, () =>
      Effect.gen(function* () {
        yield* failure(remove("04b6"))
        assert.strictEqual(yield* requestCount, 4)
      }).pipe(Effect.provide(overScript([answer, answer, answer, answer, deleted])))
    )

    it.effect(`B16 the policy for rate limits ${answer._tag === "Response" ? "decides" : "stops"} after ${what}`, () =>
      Effect.gen(function* () {
        yield* inTime(RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.rateLimits))
        assert.strictEqual(yield* requestCount, what === "code 201" || what === "HTTP 429" ? 2 : 1)
      }).pipe(Effect.provide(overScript([answer, deleted])))
    )
  }

  for (const code of [100, 100001, 300001, 300002, 300003, 1002, 1003, 1004, 42]) {
    it.effect(`B16 code ${code} is never tried again`, () =>
      Effect.gen(function* () {
        yield* failure(remove("04b6"))
        assert.strictEqual(yield* requestCount, 1)
      }).pipe(Effect.provide(overScript([respond({ code }), deleted])))
    )
  }

  it.effect("B17 waits at least as long as Retry-After says", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(remove("04b6"))
      yield* TestClock.adjust("6999 millis")
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("251 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).disposition, "deleted")
    }).pipe(Effect.provide(overScript([rateLimited("7"), deleted])))
  )

  for (const [what, answer] of [
    ["HTTP 503", respond("down", { status: 503, headers: { "retry-after": "7" } })],
    ["code 9999", respond({ code: 9999 }, { headers: { "retry-after": "7" } })],
    ["code 0 under HTTP 500", respond({ code: 0 }, { status: 500, headers: { "retry-after": "7" } })],
    ["half an envelope", respond('{"code":', { status: 503, headers: { "retry-after": "7" } })]
  ] as const) {
    it.effect(`B17 waits as long as Retry-After says after ${what}, too`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(remove("04b6"))
        yield* TestClock.adjust("6999 millis")
        assert.strictEqual(yield* requestCount, 1)
        yield* TestClock.adjust("251 millis")
        assert.strictEqual((yield* Fiber.join(fiber)).disposition, "deleted")
      }).pipe(Effect.provide(overScript([answer, deleted])))
    )
  }

  it.effect("B17 reads Retry-After as an HTTP date", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-23T00:00:00Z"))
      const fiber = yield* Effect.forkChild(remove("04b6"))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).disposition, "deleted")
    }).pipe(Effect.provide(overScript([rateLimited("Mon, 23 Nov 2026 00:00:30 GMT"), deleted])))
  )

  for (const [name, value, wait] of [
    ["retry-after", "2.5", 2_500],
    ["retry-after", "0.0001", 1],
    ["retry-after-ms", "1500", 1_500],
    ["retry-after-ms", "1500.2", 1_501],
    ["retry-after-ms", "soon", undefined]
  ] as const) {
    it.effect(`B17 reads ${name}: ${value} as ${wait} ms`, () =>
      Effect.gen(function* () {
        const { error } = yield* failure(RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.none))
        assert.strictEqual(error._tag === "RateLimited" ? error.retryAfterMillis : 0, wait)
      }).pipe(Effect.provide(overScript([respond({ code: 201 }, { headers: { [name]: value } })])))
    )
  }

  for (const header of ["0", "-1", "soon", "", "1e3", "Mon, 23 Nov 1970 00:00:30 GMT"]) {
    it.effect(`B17 Retry-After ${JSON.stringify(header)} asks for no wait`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse("2026-11-23T00:00:00Z"))
        const { result, took } = yield* inTime(remove("04b6"))
        assert.strictEqual(result._tag, "Success")
        assert.isAtMost(took, 250)
      }).pipe(Effect.provide(overScript([rateLimited(header), deleted])))
    )
  }

  for (const header of ["121", "2160000", "99999999999999999999"]) {
    it.effect(`B17 fails at once on Retry-After ${header} and carries the wait`, () =>
      Effect.gen(function* () {
        const { error, took } = yield* failure(remove("04b6"))
        assert.strictEqual(took, 0)
        assert.strictEqual(error._tag === "RateLimited" ? error.retryAfterMillis : 0, Number(header) * 1000)
      }).pipe(Effect.provide(overScript([rateLimited(header), deleted], { deadline: "1 hour" })))
    )
  }

  it.effect("B17 backs off exponentially with full jitter", () =>
    Effect.gen(function* () {
      // As many calls as the client can pay retries for.
      const waits = yield* Effect.forEach(Array.from({ length: 33 }), () => inTime(remove("04b6")))
      const longest = Math.max(...waits.map(({ took }) => took))
      assert.isAtMost(longest, 250 + 500 + 1000)
      assert.isAbove(longest, 800)
      assert.isBelow(Math.min(...waits.map(({ took }) => took)), 800)
    }).pipe(Effect.provide(overScript(Array.from({ length: 132 }, () => rateLimited()))))
  )

  it.effect("takes the policy of the layer, and of the caller first", () =>
    Effect.gen(function* () {
      yield* failure(remove("04b6"))
      assert.strictEqual(yield* requestCount, 1)
      yield* success(RetryPolicy.withPolicy(remove("04b6"), RetryPolicy.rateLimits))
      assert.strictEqual(yield* requestCount, 3)
    }).pipe(
      Effect.provide(
        overScript([rateLimited(), rateLimited(), deleted]).pipe(
          Layer.provide(Layer.succeed(RetryPolicy, RetryPolicy.none))
        )
      )
    )
  )

  it.effect("B03 sends one external trace id, the same on each attempt", () =>
    Effect.gen(function* () {
      yield* success(
        Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1=", externalTraceId: "mine" }))
      )
      assert.deepStrictEqual(
        (yield* requests).map(({ headers }) => headers["x-pd-external-trace-id"]),
        ["mine", "mine"]
      )
    }).pipe(Effect.provide(overScript([reset, deleted])))
  )

  it.effect("B03 sends none by default, and the span's where it is asked to", () =>
    Effect.gen(function* () {
      const sent = (sendTraceId: boolean) =>
        remove("04b6").pipe(
          Effect.andThen(requests),
          Effect.withSpan("caller"),
          Effect.provide(overScript([deleted], { sendTraceId })),
          Effect.map(([request]) => request?.headers["x-pd-external-trace-id"])
        )
      const receipt = yield* ensure("04b6").pipe(
        Effect.withSpan("caller"),
        Effect.provide(overScript([notFound], { sendTraceId: true }))
      )
      assert.match(receipt.externalTraceId ?? "", /^[0-9a-f]{32}$/)
      assert.isUndefined(yield* sent(false))
      assert.match((yield* sent(true)) ?? "", /^[0-9a-f]{32}$/)
    })
  )

  it.effect(
    "B10 shows the API's trace id in receipts, errors, logs and spans; B27 none of them shows key or user id",
    () =>
      Effect.gen(function* () {
        const spans: Array<Tracer.Span> = []
        const lines: Array<string> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })
        const logger = Logger.map(Logger.formatJson, (line) => lines.push(line))
        yield* Effect.result(remove("04b6", "tmm-secret")).pipe(
          Effect.withTracer(tracer),
          Effect.provide(Logger.layer([logger])),
          Effect.provideService(References.MinimumLogLevel, "All")
        )
        assert.deepStrictEqual(
          spans.map((span) => span.name),
          ["Sessions.delete", "Sessions.attempt"]
        )
        assert.strictEqual(spans[1]?.attributes.get("powerdrill.trace_id"), "trace-1")
        assert.strictEqual(spans[1]?.attributes.get("powerdrill.outcome"), "not-deleted")
        assert.isTrue(lines.some((line) => line.includes("trace-1")))
        const all =
          lines.join("\n") +
          inspect(
            spans.map((span) => [span, ...span.attributes]),
            { depth: 9 }
          )
        assert.notInclude(all, "tmm-secret")
        assert.notInclude(all, canary)
        const [request] = yield* requests
        assert.notProperty(request?.headers, "traceparent")
        assert.notProperty(request?.headers, "b3")
      }).pipe(Effect.provide(overScript([respond({ code: 100, msg: canary }, traced)])))
  )

  it.effect("names the span of ensureDeleted like it", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          names.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      yield* Effect.withTracer(ensure("04b6"), tracer)
      assert.deepStrictEqual(names, ["Sessions.ensureDeleted", "Sessions.attempt"])
    }).pipe(Effect.provide(overScript([deleted])))
  )

  it.effect("a tracer that throws changes nothing", () =>
    Effect.gen(function* () {
      const oh = () => {
        throw new Error("oh")
      }
      for (const broken of [{ end: oh }, { attribute: (name: string) => name.startsWith("powerdrill.") && oh() }]) {
        const tracer = Tracer.make({ span: (options) => Object.assign(new Tracer.NativeSpan(options), broken) })
        const receipt = yield* Effect.withTracer(ensure("04b6"), tracer)
        assert.strictEqual(receipt.disposition, "deleted")
      }
    }).pipe(Effect.provide(overScript([deleted, deleted])))
  )

  it.effect("times spans by the caller's clock, unless timing is off", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recorder()
      yield* TestClock.adjust("3 millis")
      const traced = Effect.withTracer(ensure("04b6"), tracer)
      yield* Effect.andThen(traced, Effect.provideService(traced, References.TracerTimingEnabled, false))
      assert.deepStrictEqual(
        spans.map(({ status }) => (status._tag === "Ended" ? status.endTime : undefined)),
        [3_000_000n, 3_000_000n, 0n, 0n]
      )
    }).pipe(Effect.provide(overScript([deleted, deleted])))
  )

  it.effect("keeps what the caller has set for fetch, but for redirects", () =>
    Effect.gen(function* () {
      const seen: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = (_, init) => {
        seen.push(init)
        return Promise.resolve(new Response('{"code":0}'))
      }
      yield* remove("04b6").pipe(
        Effect.provide(
          Sessions.layer.pipe(Layer.provide([FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey: canary })]))
        ),
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.provideService(FetchHttpClient.RequestInit, { cache: "no-store", redirect: "follow" })
      )
      assert.deepInclude(seen[0], { cache: "no-store", redirect: "manual" })
    })
  )

  it.effect("opens no span where nobody traces", () =>
    Effect.gen(function* () {
      const parent = yield* Effect.currentParentSpan.pipe(Effect.option)
      assert.strictEqual(parent._tag, "None")
      const seen: Array<unknown> = []
      yield* Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "u" })).pipe(
        Effect.provide(
          Sessions.layerTest(() =>
            Effect.map(Effect.option(Effect.currentParentSpan), (span) => {
              seen.push(span._tag)
              return "deleted"
            })
          )
        )
      )
      assert.deepStrictEqual(seen, ["None"])
    })
  )

  it.effect("reads the answer of a client that fails on statuses", () =>
    Effect.gen(function* () {
      const { error } = yield* failure(remove("04b6"))
      assert.strictEqual(error._tag, "Forbidden")
    }).pipe(Effect.provide(overClient([respond({ code: 1003 }, { status: 403 })], HttpClient.filterStatusOk)))
  )

  it.effect("B27 a client that logs its requests does not log the key", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const look = HttpClient.tapRequest((request) => Effect.sync(() => seen.push(inspect(request, { depth: 9 }))))
      yield* Effect.provide(remove("04b6"), overClient([deleted], look))
      assert.include(seen[0], "x-pd-api-key")
      assert.notInclude(seen[0], canary)
    })
  )

  it.effect("says where it deletes, if it does", () =>
    Effect.gen(function* () {
      const where = Effect.map(Sessions, ({ baseUrl }) => baseUrl)
      const here = overScript([], { baseUrl: "http://127.0.0.1:1/api/" })
      assert.strictEqual(yield* Effect.provide(where, here), "http://127.0.0.1:1/api")
      assert.strictEqual((yield* Effect.provide(Sessions.make(), here)).baseUrl, "http://127.0.0.1:1/api")
      const nowhere = Sessions.layerTest(() => Effect.succeed("deleted"))
      assert.isUndefined(yield* Effect.provide(where, nowhere))
    })
  )

  it.effect("layerTest answers checked requests with a disposition or an error", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* remove("gone")).disposition, "absent-after-unknown")
      assert.strictEqual((yield* Effect.flip(remove("missing")))._tag, "SessionNotFound")
      assert.strictEqual((yield* ensure("missing")).disposition, "already-absent")
      assert.strictEqual((yield* Effect.flip(remove("..")))._tag, "InvalidRequest")
    }).pipe(
      Effect.provide(
        Sessions.layerTest(({ sessionId }) =>
          sessionId === "missing"
            ? new SessionNotFound({ sessionId, outcome: "not-deleted", attempts: 1 })
            : Effect.succeed("absent-after-unknown")
        )
      )
    )
  )
})
