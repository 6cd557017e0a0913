import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"
import { Emulator } from "../src/index.ts"
import { call, del } from "./fixtures/call.ts"

describe("Emulator", () => {
  it.effect("looks like the real thing and starts empty", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.match(emulator.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/api$/)
      assert.match(emulator.userId, /^tmm-/)
      assert.isEmpty(yield* emulator.sessions)
      assert.isEmpty(yield* emulator.requests)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("seeds sessions of the first key and the default user", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const sessions = yield* emulator.sessions
      assert.strictEqual(new Set(sessions.map((session) => session.id)).size, 3)
      for (const session of sessions) {
        assert.deepStrictEqual([session.apiKey, session.userId], ["key-a", "tmm-me"])
      }
    }).pipe(Effect.provide(Emulator.layerTest({ seedSessions: 3, apiKeys: ["key-a", "key-b"], userId: "tmm-me" })))
  )

  it.effect("create, holds and sessions agree with what requests see and do", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const session = yield* emulator.create({ sessionId: "one", title: "First" })
      assert.deepStrictEqual([session.id, session.title], ["one", "First"])
      assert.isTrue(yield* emulator.holds("one"))
      assert.strictEqual((yield* call(emulator, "GET", "/one")).code, 0)
      yield* del(emulator, "one")
      assert.isFalse(yield* emulator.holds("one"))
      assert.isEmpty(yield* emulator.sessions)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("two in one program share nothing, not even the rate of a key", () =>
    Effect.gen(function* () {
      const first = yield* Emulator
      const second = yield* Effect.provide(Emulator, Emulator.layerTest({ rate: 1 }))
      assert.notStrictEqual(first.baseUrl, second.baseUrl)
      yield* first.create({ sessionId: "one" })
      assert.isFalse(yield* second.holds("one"))
      assert.strictEqual((yield* del(first, "one")).code, 0)
      assert.strictEqual((yield* del(first, "one")).code, 201)
    }).pipe(Effect.provide(Emulator.layerTest({ rate: 1 })))
  )

  it.effect("does not count against its rate what the program itself limits", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const limiter = yield* RateLimiter.RateLimiter
      yield* limiter.consume({ key: emulator.apiKey, limit: 1, window: "1 second" })
      assert.strictEqual((yield* del(emulator, "one")).code, 300003)
    }).pipe(
      Effect.provide(
        Emulator.layerTest({ rate: 1 }).pipe(
          Layer.merge(RateLimiter.layer),
          Layer.provideMerge(RateLimiter.layerStoreMemory)
        )
      )
    )
  )

  it.effect("refuses above 20 requests a second and key when nothing else is said", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const codes = yield* Effect.forEach(Array.from({ length: 21 }), () => del(emulator, "any"))
      assert.deepStrictEqual(
        codes.map(({ code }) => code),
        [...Array.from({ length: 20 }, () => 300003), 201]
      )
    }).pipe(Effect.provide(Layer.orDie(Emulator.layer({ port: 0 }))))
  )
})
