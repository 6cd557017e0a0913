import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Answers, Emulator } from "../src/index.ts"
import { call, del } from "./fixtures/call.ts"

const everyRefusal = Effect.fnUntraced(function* (answers: Answers) {
  const emulator = yield* Emulator.make({ port: 0, answers, rate: 2 })
  const invalidKey = yield* del(emulator, "any", { headers: { "x-pd-api-key": "wrong" } })
  const notFound = yield* del(emulator, "absent")
  const badRequest = yield* call(emulator, "GET", "", { userId: "" })
  const rateLimited = yield* del(emulator, "any")
  const limitless = yield* Emulator.make({ port: 0, answers, rate: Infinity })
  yield* limitless.answerNextDelete({ code: 9999 })
  const internalError = yield* del(limitless, "any")
  return Object.entries({ invalidKey, notFound, badRequest, rateLimited, internalError }).map(
    ([name, { code, status }]) => `${name}: ${code} at ${status}`
  )
})

describe("Answers", () => {
  it.effect("by default follow the page of the operation", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* everyRefusal({}), [
        "invalidKey: 1004 at 403",
        "notFound: 300003 at 200",
        "badRequest: 100 at 200",
        "rateLimited: 201 at 200",
        "internalError: 9999 at 200"
      ])
    })
  )

  it.effect("can each take the other side", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* everyRefusal({
          rateLimited: 429,
          internalError: 500,
          invalidKey: 401,
          notFound: 404,
          badRequest: "300001 at 400"
        }),
        [
          "invalidKey: 1004 at 401",
          "notFound: 300003 at 404",
          "badRequest: 300001 at 400",
          "rateLimited: 201 at 429",
          "internalError: 9999 at 500"
        ]
      )
    })
  )

  it.effect("refusals carry a message and no data, successes the reverse", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const session = yield* emulator.create()
      assert.strictEqual((yield* del(emulator, session.id)).text, `{"code":0,"data":null}`)
      assert.strictEqual((yield* del(emulator, session.id)).text, `{"code":300003,"msg":"Session not found"}`)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("ScriptedAnswer", () => {
  it.effect("replaces the truth once, in order, and leaves the session alone", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { id } = yield* emulator.create()
      yield* emulator.answerNextDelete({ code: 100001 })
      yield* emulator.answerNextDelete({ code: 424242, httpStatus: 418, msg: "teapot", retryAfter: "1500 millis" })
      yield* emulator.answerNextDelete({ code: 0 })

      const first = yield* del(emulator, id)
      assert.deepStrictEqual([first.status, first.code, first.msg], [200, 100001, "Invalid operation"])
      assert.isNull(first.headers.get("retry-after"))

      const second = yield* del(emulator, id)
      assert.deepStrictEqual([second.status, second.code, second.msg], [418, 424242, "teapot"])
      assert.strictEqual(second.headers.get("retry-after"), "2")

      assert.strictEqual((yield* del(emulator, id)).text, `{"code":0,"data":null}`)
      assert.isTrue(yield* emulator.holds(id))

      assert.strictEqual((yield* del(emulator, id)).code, 0)
      assert.isFalse(yield* emulator.holds(id))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("with commit deletes and denies it, but only what the caller may delete", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const mine = yield* emulator.create()
      const theirs = yield* emulator.create({ userId: "tmm-other" })
      for (const session of [mine, theirs]) {
        yield* emulator.answerNextDelete({ code: 9999, commit: true })
        assert.strictEqual((yield* del(emulator, session.id)).code, 9999)
      }
      assert.isFalse(yield* emulator.holds(mine.id))
      assert.isTrue(yield* emulator.holds(theirs.id))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("is not used up by a request that never reaches the session", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.answerNextDelete({ code: 1002 })
      yield* del(emulator, "any", { headers: { "x-pd-api-key": "wrong" } })
      yield* del(emulator, "any", { userId: "" })
      const scripted = yield* del(emulator, "any")
      assert.deepStrictEqual([scripted.status, scripted.code], [403, 1002])
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})
