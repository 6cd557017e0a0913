import { isBoundedResponse, makeBoundedResponse } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { HttpClientRequest } from "effect/http"

const request = HttpClientRequest.get("https://sessions.example/a")

/** An answer, and what was asked of its body. */
const answered = (text: string, status = 200, headers: Record<string, string | Array<string>> = {}) => {
  const asked: Array<number> = []
  const all = new TextEncoder().encode(text)
  const bodyUpTo = (bytes: number) => {
    asked.push(bytes)
    return Effect.succeed({ bytes: all.subarray(0, bytes), whole: all.length <= bytes })
  }
  return { asked, response: makeBoundedResponse(request, { status, headers, bodyUpTo }) }
}

describe("BoundedResponse", () => {
  it.effect("gives all that a response has", () =>
    Effect.gen(function* () {
      const headers = { "x-pd-trace-id": "trace-1", "set-cookie": ["a=b; Path=/", "c=d"] }
      const { response } = answered('{"code":0}', 404, headers)
      assert.isTrue(isBoundedResponse(response))
      assert.strictEqual(response.status, 404)
      assert.strictEqual(response.headers["x-pd-trace-id"], "trace-1")
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "c"])
      assert.strictEqual(Object.keys(answered("").response.cookies.cookies).length, 0)
      assert.strictEqual(response.url, "https://sessions.example/a")
      assert.strictEqual(response.remoteAddress._tag, "None")
      assert.deepStrictEqual(yield* response.json, { code: 0 })
      assert.strictEqual(yield* response.text, '{"code":0}')
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 10)
      assert.strictEqual((yield* Stream.runCollect(response.stream)).length, 1)
      assert.include(JSON.stringify(response), '"status":404')
      assert.strictEqual((yield* Effect.flip(response.upgrade)).reason._tag, "StatusCodeError")
      assert.strictEqual(
        response.pipe(({ status }) => status),
        404
      )
    })
  )

  it.effect("reads forms, and answers that have no body", () =>
    Effect.gen(function* () {
      const { response } = answered("a=b", 200, { "content-type": "application/x-www-form-urlencoded" })
      assert.strictEqual((yield* response.formData).get("a"), "b")
      assert.deepStrictEqual((yield* response.urlParamsBody).params, [["a", "b"]])
      for (const status of [204, 205, 304]) assert.strictEqual(yield* answered("", status).response.text, "")
    })
  )

  it.effect("reads no more than it is asked for, and never more than 16 MiB", () =>
    Effect.gen(function* () {
      const { asked, response } = answered("fours")
      assert.deepStrictEqual(yield* response.textUpTo(4), { body: "four", whole: false })
      assert.deepStrictEqual(yield* response.textUpTo(5), { body: "fours", whole: true })
      yield* response.text
      assert.deepStrictEqual(asked, [4, 5, 16 * 1024 * 1024])
      const error = yield* Effect.flip(answered("x".repeat(16 * 1024 * 1024 + 1)).response.text)
      assert.strictEqual(error.reason._tag, "DecodeError")
      assert.match(String(error.cause), /longer than 16777216 bytes/)
    })
  )

  it.effect("fails with what its transport says", () =>
    Effect.gen(function* () {
      const cause = new Error("reset")
      const response = makeBoundedResponse(request, { status: 200, headers: {}, bodyUpTo: () => Effect.fail(cause) })
      for (const reading of [Effect.asVoid(response.textUpTo(1)), Effect.asVoid(response.text)]) {
        const error = yield* Effect.flip(reading)
        assert.strictEqual(error.reason._tag, "DecodeError")
        assert.strictEqual(error.cause, cause)
      }
    })
  )
})
