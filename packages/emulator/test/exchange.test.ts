import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Logger, Random } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Emulator, type ReceivedRequest } from "../src/index.ts"
import { exchange, type Options } from "../src/internal/exchange.ts"
import * as Faults from "../src/internal/faults.ts"
import { del, eventually, send } from "./fixtures/call.ts"
import { noticed } from "./fixtures/wire.ts"

const arrived = Effect.gen(function* () {
  const emulator = yield* Emulator
  yield* eventually(Effect.map(emulator.requests, (requests) => requests.length === 1))
})

describe("latency", () => {
  it.effect("half passes before the server acts, half after", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const fiber = yield* Effect.forkChild(del(emulator, "one"))
      yield* arrived
      yield* TestClock.adjust("4999 millis")
      assert.isTrue(yield* emulator.holds("one"))
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* emulator.holds("one"))
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined((yield* emulator.requests)[0]?.answer)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).code, 0)
    }).pipe(Effect.provide(Emulator.layerTest({ latency: "10 seconds" })))
  )

  it.effect("a client that gives up in the second half has had its delete committed, and got no answer", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const fiber = yield* Effect.forkChild(del(emulator, "one"))
      yield* arrived
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(fiber)
      yield* noticed
      yield* TestClock.adjust("1 hour")
      yield* noticed
      assert.isFalse(yield* emulator.holds("one"))
      assert.isUndefined((yield* emulator.requests)[0]?.answer)
    }).pipe(Effect.provide(Emulator.layerTest({ latency: "10 seconds" })))
  )

  it.effect("a client that gives up in the first half has not", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const fiber = yield* Effect.forkChild(del(emulator, "one"))
      yield* arrived
      yield* Fiber.interrupt(fiber)
      yield* noticed
      yield* TestClock.adjust("1 hour")
      yield* noticed
      assert.isTrue(yield* emulator.holds("one"))
    }).pipe(Effect.provide(Emulator.layerTest({ latency: "10 seconds" })))
  )

  it.effect.each([
    { jitter: 0.5, least: 50, most: 150 },
    { jitter: "10 millis" as const, least: 90, most: 110 },
    { jitter: "1 second" as const, least: 0, most: 1100 }
  ])("strays by $jitter to both sides", ({ jitter, least, most }) =>
    Effect.gen(function* () {
      const delays: Array<number> = []
      for (let i = 0; i < 50; i++) {
        const started = yield* Clock.currentTimeMillis
        const fiber = yield* Effect.forkChild(run({ latency: "100 millis", jitter }, Effect.die("not interesting")))
        while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("500 micros")
        delays.push((yield* Clock.currentTimeMillis) - started)
      }
      assert.isAtLeast(Math.min(...delays), least)
      assert.isAtMost(Math.max(...delays), most + 1)
      assert.isAbove(Math.max(...delays) - Math.min(...delays), (most - least) / 2)
    }).pipe(Random.withSeed("jitter"), Effect.provide(Logger.layer([])))
  )
})

describe("trace IDs", () => {
  it.effect("are on every answer, and never the same", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const api = `${emulator.baseUrl}/v1/team/sessions`
      const key = { "x-pd-api-key": emulator.apiKey }
      const answers = [
        yield* send(`${api}?userId=u`, { headers: key }),
        yield* send(`${api}?userId=u`, { headers: key, method: "HEAD" }),
        yield* send(api, { headers: key }),
        yield* send(api),
        yield* send(api, { headers: { ...key, "x-pd-external-trace-id": "x".repeat(129) } }),
        yield* send(api, { headers: { ...key, "content-type": "text/csv" }, method: "POST", body: "a,b" }),
        yield* send(`${api}?userId=u`, { headers: key }),
        yield* send(new URL("/nowhere", api).href, { method: "PUT" }),
        yield* send(new URL("/docs", api).href),
        yield* send(new URL("/openapi.json", api).href)
      ]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200, 400, 401, 400, 415, 429, 404, 200, 200]
      )
      const traceIds = answers.map(({ headers }) => headers.get("x-pd-trace-id"))
      assert.isTrue(traceIds.every((traceId) => traceId !== null && /^[0-9a-f]{32}$/.test(traceId)))
      assert.strictEqual(new Set(traceIds).size, answers.length)
      assert.deepStrictEqual(
        (yield* emulator.requests).map((request) => request.answer?.traceId ?? null),
        traceIds
      )
    }).pipe(
      Effect.provide(
        Emulator.layerTest({ rate: 5, answers: { rateLimited: 429, invalidKey: 401, badRequest: "300001 at 400" } })
      )
    )
  )
})

describe("failures", () => {
  it.effect("a defect is an internal error like any other", () =>
    Effect.gen(function* () {
      const log: Array<ReceivedRequest> = []
      const response = yield* run({ answers: { internalError: 500 }, log }, Effect.die("boom"))
      assert.strictEqual(response.status, 500)
      assert.strictEqual(log[0]?.answer?.code, 9999)
      assert.strictEqual(log[0]?.answer?.traceId, response.headers["x-pd-trace-id"])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

const run = (options: Partial<Options>, app: Effect.Effect<HttpServerResponse.HttpServerResponse>) =>
  Effect.flatMap(Effect.scope, (acts) =>
    exchange({ answers: {}, latency: 0, jitter: 0, log: [], faults: Faults.make([], 0), acts, ...options })(app)
  ).pipe(
    Effect.provideService(
      HttpServerRequest.HttpServerRequest,
      HttpServerRequest.fromWeb(new Request("http://127.0.0.1/api/v1/team/sessions"))
    )
  )
