import { type DeleteRequest, InvalidRequest, validate } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { ensure, overScript, remove, requestCount } from "./support/sessions.ts"

const forbidden: ReadonlyArray<readonly [sessionId: string, rule: RegExp]> = [
  ["", /must not be empty/],
  [".", /dot segment/],
  ["..", /dot segment/],
  ["%2e", /dot segment/],
  ["%2E", /dot segment/],
  ["%2E%2e", /dot segment/],
  [".%2e", /dot segment/],
  ["%2E.", /dot segment/],
  [" a", /white space/],
  ["a ", /white space/],
  ["\u00a0a", /white space/],
  ["a\ufeff", /white space/],
  ["a\n", /control characters/],
  ["a\u0000b", /control characters/],
  ["a\u007fb", /control characters/],
  ["a\u0085b", /control characters/],
  ["a\ud800b", /lone surrogate/],
  ["\udc00", /lone surrogate/]
]

const allowed = [
  "04b6ab1e-9b3c-4f4f-8b64-6f0d6b6c0b8e",
  "session-1",
  "...",
  "%2e%2e%2e",
  "..a",
  "a/../b",
  "../datasets/x",
  "a#b",
  "a?userId=x",
  "%2F",
  "a b",
  "a\u200bb",
  "💥",
  "é".repeat(50),
  "x".repeat(10_000)
]

const invalid = (input: DeleteRequest.Input): InvalidRequest => {
  const result = validate(input)
  if (Result.isFailure(result)) return result.failure
  throw new Error(`${JSON.stringify(input)} was let through`)
}

describe("DeleteRequest", () => {
  for (const [sessionId, rule] of forbidden) {
    it.effect(`B01 refuses the session id ${JSON.stringify(sessionId)} and sends nothing`, () =>
      Effect.gen(function* () {
        for (const operation of [remove, ensure]) {
          const error = yield* Effect.flip(operation(sessionId))
          assert.instanceOf(error, InvalidRequest)
          assert.strictEqual(error.field, "sessionId")
          assert.match(error.rule, rule)
          assert.strictEqual(error.outcome, "not-deleted")
          assert.strictEqual(error.attempts, 0)
          assert.include(error.message, "Nothing was sent")
        }
        assert.strictEqual(yield* requestCount, 0)
      }).pipe(Effect.provide(overScript([])))
    )
  }

  for (const sessionId of allowed) {
    it(`B02 lets the session id ${JSON.stringify(sessionId.slice(0, 20))} through`, () => {
      assert.isTrue(Result.isSuccess(validate({ sessionId, userId: "tmm-1" })))
    })
  }

  it("B01 names the user id as the field in fault", () => {
    for (const userId of ["", " tmm-1", "tmm-1\n", "tmm\u0007-1", "\ud800"]) {
      assert.strictEqual(invalid({ sessionId: "a", userId }).field, "userId")
    }
  })

  it("B03 bounds the external trace id to 128 header-safe characters", () => {
    for (const externalTraceId of ["x".repeat(129), " a", "a ", "a\r\nb: c", "é", "\t"]) {
      assert.strictEqual(invalid({ sessionId: "a", userId: "u", externalTraceId }).field, "externalTraceId")
    }
    for (const externalTraceId of [undefined, "", "x".repeat(128), "a b", "!~"]) {
      assert.isTrue(Result.isSuccess(validate({ sessionId: "a", userId: "u", externalTraceId })))
    }
  })

  it.prop("B01 refuses or accepts every string, and never throws", [Schema.String, Schema.String], ([a, b]) => {
    const result = validate({ sessionId: a, userId: b })
    if (Result.isSuccess(result)) {
      assert.strictEqual(result.success.sessionId, a)
      assert.strictEqual(result.success.userId, b)
    } else {
      assert.include(["sessionId", "userId"], result.failure.field)
    }
  })

  it("knows of no doubt unless it is told, and keeps it in a refusal", () => {
    const request = { sessionId: "a", userId: "u" }
    for (const afterUnknown of [undefined, false, true]) {
      assert.strictEqual(Result.getOrThrow(validate({ ...request, afterUnknown })).afterUnknown, afterUnknown)
    }
    assert.strictEqual(invalid({ ...request, externalTraceId: "é" }).outcome, "not-deleted")
    assert.strictEqual(invalid({ ...request, externalTraceId: "é", afterUnknown: false }).outcome, "not-deleted")
    assert.strictEqual(invalid({ ...request, externalTraceId: "é", afterUnknown: true }).outcome, "unknown")
  })

  it("refuses what is not a string, from callers without types", () => {
    const untyped: ReadonlyArray<readonly [input: unknown, field: string, rule: string]> = [
      [{ sessionId: 4, userId: "u" }, "sessionId", "must be a string"],
      [{ userId: "u" }, "sessionId", "must be a string"],
      [{ sessionId: "a", userId: null }, "userId", "must be a string"],
      [{ sessionId: "a", userId: "u", afterUnknown: "yes" }, "afterUnknown", "must be true or false"],
      [undefined, "request", "must be an object"],
      ["a", "request", "must be an object"]
    ]
    for (const [input, field, rule] of untyped) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a JavaScript caller can do
      const error = invalid(input as DeleteRequest.Input)
      assert.deepStrictEqual([error.field, error.rule], [field, rule])
    }
  })
})
