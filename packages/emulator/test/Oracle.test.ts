import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Commit, Emulator, FaultPlan, Oracle, PortUnavailable, ReceivedRequest } from "../src/index.ts"
import { call, del, raw, send } from "./fixtures/call.ts"

describe("Oracle", () => {
  it.effect("records what was committed, by which request, and nothing else", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      yield* emulator.create({ sessionId: "theirs", userId: "tmm-other" })
      yield* TestClock.adjust("3 seconds")
      yield* call(emulator, "GET", "/one")
      yield* del(emulator, "theirs")
      yield* TestClock.adjust("2 seconds")
      yield* emulator.answerNextDelete({ code: 9999, commit: true })
      yield* del(emulator, "one")
      yield* emulator.answerNextDelete({ code: 0 })
      yield* del(emulator, "one")
      const { commits, requests } = yield* emulator.oracle
      assert.deepStrictEqual(
        requests.map(({ answer, at, method }) => [at, method, answer?.code]),
        [
          [3000, "GET", 0],
          [3000, "DELETE", 300002],
          [5000, "DELETE", 9999],
          [5000, "DELETE", 0]
        ]
      )
      assert.deepStrictEqual(commits, [
        {
          sessionId: "one",
          userId: emulator.userId,
          at: 5000,
          traceId: requests[2]?.traceId ?? "none",
          request: 2
        }
      ])
      assert.deepStrictEqual(yield* emulator.requests, requests)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("only ever grows, a session that is made again included", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      yield* del(emulator, "one")
      const before = yield* emulator.oracle
      yield* emulator.create({ sessionId: "one" })
      yield* del(emulator, "one")
      assert.deepStrictEqual(
        before.commits.map(({ request }) => request),
        [0]
      )
      assert.deepStrictEqual(
        (yield* emulator.oracle).commits.map(({ request }) => request),
        [0, 1]
      )
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("the admin port", () => {
  it.effect("is not there unless asked for", () =>
    Effect.gen(function* () {
      assert.isUndefined((yield* Emulator).adminUrl)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("tells another process the same, without a key and without telling one", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.match(emulator.adminUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+$/)
      yield* emulator.create({ sessionId: "one" })
      yield* emulator.create({ sessionId: "two" })
      yield* del(emulator, "one")
      const oracle = yield* emulator.oracle
      assert.deepStrictEqual(yield* read("/commits", Schema.Array(Commit)), oracle.commits)
      assert.deepStrictEqual(yield* read("/requests", Schema.Array(ReceivedRequest)), oracle.requests)
      const sessions = yield* read("/sessions", Schema.Array(Schema.Struct({ id: Schema.String })))
      assert.deepStrictEqual(sessions, [{ id: "two" }])
      for (const path of ["/commits", "/requests", "/sessions"]) {
        const { headers, text } = yield* send(`${emulator.adminUrl}${path}`)
        assert.include(headers.get("content-type"), "application/json")
        assert.notInclude(text, emulator.apiKey)
      }
      // Asking the oracle is no request of the API.
      assert.deepStrictEqual(yield* emulator.oracle, oracle)
      assert.strictEqual((yield* send(`${emulator.adminUrl}/elsewhere`)).status, 404)
      assert.strictEqual((yield* send(new URL("/commits", emulator.baseUrl).href)).status, 404)
    }).pipe(Effect.provide(Emulator.layerTest({ adminPort: 0 })))
  )

  it.effect("takes a plan, with a seed or without, and says what is wrong with one", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const put = (body: string, query = "") => send(`${emulator.adminUrl}/faults${query}`, { method: "PUT", body })
      const plan: FaultPlan = [{ match: { chance: 0.5 }, fault: { answer: { code: 1 } } }]
      const codes = Effect.forEach(Array.from({ length: 20 }), () => Effect.map(del(emulator, "a"), ({ code }) => code))

      yield* emulator.useFaults(plan, { seed: 7 })
      const seeded = yield* codes
      assert.strictEqual((yield* put(JSON.stringify(plan), "?seed=7")).status, 204)
      assert.deepStrictEqual(yield* codes, seeded)
      yield* emulator.useFaults(plan)
      const unseeded = yield* codes
      assert.strictEqual((yield* put(JSON.stringify(plan))).status, 204)
      assert.deepStrictEqual(yield* codes, unseeded)

      const refused = yield* put(`[{"fault":{"act":"thrice"}}]`)
      assert.strictEqual(refused.status, 400)
      assert.include(refused.text, `Expected "once" | "never" | "twice" at [0]["fault"]["act"]`)
      assert.strictEqual((yield* put("[]", "?seed=x")).status, 400)
      // A plan that was refused has replaced nothing.
      yield* emulator.useFaults([{ fault: { answer: { code: 1 } } }])
      yield* put("[")
      assert.strictEqual((yield* del(emulator, "a")).code, 1)
    }).pipe(Effect.provide(Emulator.layerTest({ adminPort: 0 })))
  )

  it.effect("that is taken is named", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Emulator
      const adminPort = Number(new URL(baseUrl).port)
      const error = yield* Effect.flip(Emulator.make({ port: 0, adminPort }))
      assert.instanceOf(error, PortUnavailable)
      assert.strictEqual(error.port, adminPort)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("is on loopback and answers what is not HTTP", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.match(
        yield* raw({ ...emulator, baseUrl: emulator.adminUrl ?? "" }, "nonsense\r\n\r\n"),
        /^HTTP\/1\.1 400 /
      )
    }).pipe(Effect.provide(Emulator.layerTest({ adminPort: 0 })))
  )
})

describe("the schemas", () => {
  it.effect("are plain JSON", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* del(emulator, "one")
      const oracle = yield* emulator.oracle
      const read = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Oracle))(JSON.stringify(oracle))
      assert.deepStrictEqual(read, oracle)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

const read = Effect.fnUntraced(function* <A>(path: string, schema: Schema.Codec<A, unknown>) {
  const { adminUrl } = yield* Emulator
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))((yield* send(`${adminUrl}${path}`)).text)
})
