import {
  BadRequest,
  Forbidden,
  Internal,
  InvalidOperation,
  InvalidRequest,
  isSessionsError,
  OutcomeUnknown,
  RateLimited,
  Receipt,
  SessionNotFound,
  SessionsError,
  Unauthorized,
  UnexpectedResponse,
  UnrecognizedCode,
  Unreachable,
  Vetoed
} from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { inspect } from "node:util"

const call = { sessionId: "04b6", outcome: "not-deleted", attempts: 2, externalTraceId: "mine" } as const
const answered = { ...call, code: 1, httpStatus: 200, msg: "why", traceId: "trace-1" } as const

const errors: ReadonlyArray<SessionsError> = [
  new BadRequest(answered),
  new RateLimited({ ...answered, limitedBy: "api", retryAfter: Duration.millis(1500) }),
  new Internal({ ...answered, outcome: "unknown" }),
  new InvalidOperation(answered),
  new Unauthorized(answered),
  new Forbidden(answered),
  new SessionNotFound(answered),
  new UnrecognizedCode(answered),
  new UnexpectedResponse({ ...call, httpStatus: 404 }),
  new Unreachable({ ...call, detail: "ECONNREFUSED" }),
  new OutcomeUnknown({ ...call, outcome: "unknown", reason: "timeout" }),
  new InvalidRequest({ outcome: "not-deleted", attempts: 0, field: "sessionId", rule: "must not be empty" }),
  new Vetoed({ ...call, plugin: "protect", reason: "on the list" })
]

const toJson = Schema.encodeSync(Schema.fromJsonString(SessionsError))
const fromJson = Schema.decodeSync(Schema.fromJsonString(SessionsError))

describe("SessionsError", () => {
  it("lists every error of the union here", () => {
    assert.strictEqual(errors.length, SessionsError.members.length)
    assert.strictEqual(new Set(errors.map((error) => error._tag)).size, errors.length)
  })

  for (const error of errors) {
    it(`${error._tag} goes to JSON and back without loss`, () => {
      const back = fromJson(toJson(error))
      assert.deepStrictEqual({ ...back }, { ...error })
      assert.strictEqual(back.message, error.message)
      assert.strictEqual(back.constructor, error.constructor)
      assert.isTrue(isSessionsError(back))
    })

    it(`${error._tag} reads well`, () => {
      assert.match(
        error.message,
        /^(Session "04b6" was not deleted|It is not known whether session "04b6"|Nothing was sent)/
      )
      assert.strictEqual(String(error), `${error._tag}: ${error.message}`)
      assert.strictEqual(error.name, error._tag)
      assert.include(JSON.stringify(error), JSON.stringify(error.message))
      for (const key of Object.keys(error)) assert.include(inspect(error), key)
      assert.notMatch(error.message, /undefined|\[object/)
      assert.isTrue(error instanceof Error)
    })
  }

  it("tells unknown from not deleted in its first words", () => {
    assert.match(new Internal({ ...answered, outcome: "unknown" }).message, /^It is not known whether/)
    assert.match(new RateLimited({ ...answered, limitedBy: "api", outcome: "unknown" }).message, /^It is not known whether/)
    assert.match(new RateLimited({ ...answered, limitedBy: "api" }).message, /^Session "04b6" was not deleted\./)
  })

  it("cannot be made to drive a terminal by what a server or an id says", () => {
    const { message } = new BadRequest({ ...answered, sessionId: "a\u009b31m", msg: "\u001b]0;x\u0007\u202e evil\n" })
    assert.notMatch(message, /[\p{Cc}\u202e]/u)
    assert.include(message, "\\u001b")
    assert.isBelow(new BadRequest({ ...answered, sessionId: "x".repeat(10_000) }).message.length, 1_000)
  })

  it("is recognized only when it is one", () => {
    assert.isFalse(isSessionsError(new Error("x")))
    assert.isFalse(isSessionsError({ _tag: "BadRequest", ...answered }))
  })
})

describe("Receipt", () => {
  it("goes to JSON and back without loss", () => {
    const codec = Schema.fromJsonString(Receipt)
    const json = JSON.stringify({
      sessionId: "04b6",
      userId: "tmm-1=",
      disposition: "absent-after-unknown",
      verified: true,
      traceId: "trace-1",
      externalTraceId: "mine",
      attempts: 2,
      startedAt: "2026-11-23T00:00:00.000Z",
      finishedAt: "2026-11-23T00:00:01.500Z"
    })
    const receipt = Schema.decodeSync(codec)(json)
    assert.instanceOf(receipt, Receipt)
    assert.deepStrictEqual(JSON.parse(Schema.encodeSync(codec)(receipt)), JSON.parse(json))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(receipt)), JSON.parse(json))
  })
})
