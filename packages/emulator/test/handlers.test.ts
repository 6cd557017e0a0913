import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Emulator } from "../src/index.ts"
import { call, del, raw } from "./fixtures/call.ts"

describe("session IDs", () => {
  const ids = ["a/../b", "/", "a#b", "a?userId=x", "%2F", "%", "a;b", "a+b", "a b", "é", "🙂", "x".repeat(10_000)]

  it.effect.each(ids.map((id) => [id.slice(0, 12), id]))("%s", ([, id = ""]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      // What would be hit if the ID were decoded not at all, or twice.
      for (const other of [encodeURIComponent(id), "", "a", "b", "A B"]) yield* emulator.create({ sessionId: other })
      yield* emulator.create({ sessionId: id })
      const before = (yield* emulator.sessions).length
      assert.strictEqual((yield* del(emulator, id)).code, 0)
      assert.isFalse(yield* emulator.holds(id))
      assert.strictEqual((yield* emulator.sessions).length, before - 1)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect.each([
    ["..", "%2e%2e"],
    ["..", ".."],
    ["a;b", "a;b"],
    ["CaSe", "CaSe"],
    ["漢".repeat(10_000), "%E6%BC%A2".repeat(10_000)]
  ])("as a raw segment %#", ([id = "", segment]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: id })
      const answer = yield* raw(
        emulator,
        `DELETE /api/v1/team/sessions/${segment}?userId=${encodeURIComponent(emulator.userId)} HTTP/1.1\r\n` +
          `Host: x\r\nx-pd-api-key: ${emulator.apiKey}\r\nConnection: close\r\n\r\n`
      )
      assert.include(answer, `{"code":0,"data":null}`)
      assert.isFalse(yield* emulator.holds(id))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect.each([
    "/API/v1/team/sessions/a",
    "/api/v1/team/sessions/a/",
    "/api/v1/team//sessions/a",
    "/v1/team/sessions/a"
  ])("are not looked for at %s", (path) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "a" })
      const answer = yield* raw(
        emulator,
        `DELETE ${path}?userId=${encodeURIComponent(emulator.userId)} HTTP/1.1\r\n` +
          `Host: x\r\nx-pd-api-key: ${emulator.apiKey}\r\nConnection: close\r\n\r\n`
      )
      assert.match(answer, /^HTTP\/1\.1 404 /)
      assert.isTrue(yield* emulator.holds("a"))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("that are empty name the collection, which cannot be deleted", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "" })
      for (const segment of ["", "/"]) {
        const answer = yield* raw(
          emulator,
          `DELETE /api/v1/team/sessions${segment}?userId=u HTTP/1.1\r\n` +
            `Host: x\r\nx-pd-api-key: ${emulator.apiKey}\r\nConnection: close\r\n\r\n`
        )
        assert.match(answer, /^HTTP\/1\.1 404 /)
      }
      assert.isTrue(yield* emulator.holds(""))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("who may do what", () => {
  it.effect("another user of the project is told so, another project is told nothing", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const otherKey = { headers: { "x-pd-api-key": "key-b" } }
      assert.strictEqual((yield* call(emulator, "GET", "/one", { userId: "tmm-other" })).code, 300002)
      assert.strictEqual((yield* call(emulator, "GET", "/one", otherKey)).code, 300003)
      assert.strictEqual((yield* del(emulator, "one", { userId: "tmm-other" })).code, 300002)
      assert.strictEqual((yield* del(emulator, "one", otherKey)).code, 300003)
      assert.isTrue(yield* emulator.holds("one"))
    }).pipe(Effect.provide(Emulator.layerTest({ apiKeys: ["key-a", "key-b"] })))
  )

  it.effect("a missing key is as bad as a wrong one", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const answer = yield* raw(
        emulator,
        "DELETE /api/v1/team/sessions/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      )
      assert.match(answer, /^HTTP\/1\.1 403 /)
      assert.include(answer, `"code":1004`)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("parameters", () => {
  it.effect("an external trace ID has at most 128 characters", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const tooLong = yield* del(emulator, "one", { headers: { "x-pd-external-trace-id": "x".repeat(129) } })
      assert.deepStrictEqual([tooLong.status, tooLong.code], [400, 300001])
      assert.isTrue(yield* emulator.holds("one"))
      const longest = yield* del(emulator, "one", { headers: { "x-pd-external-trace-id": "x".repeat(128) } })
      assert.strictEqual(longest.code, 0)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("what is missing or malformed is named", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const missing = yield* del(emulator, "one", { userId: "" })
      assert.strictEqual(missing.code, 100)
      assert.include(missing.msg, "userId")
      const page = yield* call(emulator, "GET", "", { query: { pageNumber: "0" } })
      assert.strictEqual(page.code, 100)
      assert.include(page.msg, "pageNumber")
      assert.strictEqual((yield* call(emulator, "POST", "", { body: { title: "of nobody" } })).code, 100)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("rate", () => {
  it.effect("counts all operations of one key, and refuses without waiting", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      assert.strictEqual((yield* call(emulator, "GET", "")).code, 0)
      assert.strictEqual((yield* call(emulator, "GET", "/one")).code, 0)
      const refused = yield* del(emulator, "one")
      assert.strictEqual(refused.code, 201)
      assert.isNull(refused.headers.get("retry-after"))
      assert.isTrue(yield* emulator.holds("one"))
      assert.strictEqual((yield* del(emulator, "one", { headers: { "x-pd-api-key": "key-b" } })).code, 300003)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* del(emulator, "one")).code, 0)
    }).pipe(Effect.provide(Emulator.layerTest({ rate: 2, apiKeys: ["key-a", "key-b"] })))
  )

  it.effect("below one lengthens the window", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.strictEqual((yield* del(emulator, "one")).code, 300003)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* del(emulator, "one")).code, 201)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* del(emulator, "one")).code, 300003)
    }).pipe(Effect.provide(Emulator.layerTest({ rate: 0.25 })))
  )

  it.effect("says when to come back only if told to", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const refused = yield* del(emulator, "one")
      assert.deepStrictEqual([refused.code, refused.headers.get("retry-after")], [201, "30"])
    }).pipe(Effect.provide(Emulator.layerTest({ rate: 0, retryAfter: "30 seconds" })))
  )
})
