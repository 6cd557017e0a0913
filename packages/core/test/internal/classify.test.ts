import { assert, describe, it } from "@effect/vitest"
import { Duration, Result, Schema } from "effect"
import { type Answer, type Call, classify } from "../../src/internal/classify.ts"

const call: Call = { sessionId: "a", externalTraceId: undefined, attempts: 1, inDoubt: false, redact: (text) => text }

const response = (httpStatus: number, body: string, whole = true): Answer => ({
  _tag: "Response",
  httpStatus,
  traceId: "trace-1",
  retryAfter: undefined,
  body,
  whole
})

/** The ending in short: a disposition, or the tag and what is known of the session. */
const ending = (answer: Answer, inDoubt = false): string =>
  Result.match(classify(answer, { ...call, inDoubt }), {
    onSuccess: ({ disposition }) => disposition,
    onFailure: ({ _tag, outcome }) => `${_tag} ${outcome}`
  })

const envelope = (code: number) => JSON.stringify({ code, msg: "why" })
const statuses = [200, 201, 204, 301, 400, 401, 403, 404, 409, 429, 500, 502, 503]

/** Code, the statuses that the API's pages give it, and the ending. */
const codes: ReadonlyArray<readonly [code: number, documented: ReadonlyArray<number>, expected: string]> = [
  [100, [200], "BadRequest not-deleted"],
  [201, [200, 429], "RateLimited not-deleted"],
  [9999, [200, 500], "Internal unknown"],
  [100001, [200], "InvalidOperation not-deleted"],
  [1002, [403], "Unauthorized not-deleted"],
  [1003, [403], "Forbidden not-deleted"],
  [1004, [403], "Unauthorized not-deleted"],
  [300001, [400], "BadRequest not-deleted"],
  [300002, [200], "Forbidden not-deleted"],
  [300003, [200, 404], "SessionNotFound not-deleted"],
  [300009, [200], "UnrecognizedCode not-deleted"],
  [-1, [200], "UnrecognizedCode not-deleted"],
  [1, [200], "UnrecognizedCode not-deleted"]
]

/** What is not the API's envelope. */
const foreign: ReadonlyArray<readonly [what: string, body: string, whole?: boolean]> = [
  ["an empty body", ""],
  ["HTML", "<html><body>code 0</body></html>"],
  ["HTML without end", "<html>", false],
  ["no code", '{"data":null}'],
  ["an array", '[{"code":0}]'],
  ["a bare number", "0"],
  ["a code further in", '{"data":{"code":0}}']
]

/** What began as the API's envelope, and cannot be read as one: it may have said anything. */
const garbled: ReadonlyArray<readonly [what: string, body: string, whole?: boolean]> = [
  ["truncated JSON", '{"code":0,"data":nul'],
  ["JSON that is too long", '{"code":0}', false],
  ["a code that is a string", '{"code":"0"}'],
  ["a code that is null", '{"code":null}'],
  ["a code that is false", '{"code":false}'],
  ["a code that is a fraction", '{"code":0.5}'],
  ["a code that is in an array", '{"code":[0]}']
]

describe("classify", () => {
  for (const [code, documented, expected] of codes) {
    for (const httpStatus of new Set([...documented, ...statuses])) {
      // An unknown code under a server's error may be a gateway's.
      const inTruth =
        expected.startsWith("UnrecognizedCode") && httpStatus >= 500 ? "UnrecognizedCode unknown" : expected
      it(`B06 code ${code} at HTTP ${httpStatus} is ${inTruth}`, () => {
        assert.strictEqual(ending(response(httpStatus, envelope(code))), inTruth)
      })
    }
  }

  for (const httpStatus of statuses) {
    const expected = httpStatus < 300 ? "deleted" : "OutcomeUnknown unknown"
    it(`B06 code 0 at HTTP ${httpStatus} is ${expected}`, () => {
      for (const body of ['{"code":0}', '{"code":0,"data":null}', '{"code":0,"data":{},"msg":null}']) {
        assert.strictEqual(ending(response(httpStatus, body)), expected)
      }
    })
  }

  for (const [what, body, whole] of [...foreign, ...garbled]) {
    it(`B07 ${what} under HTTP 2xx is unknown, never success`, () => {
      for (const httpStatus of [200, 201, 204, 299]) {
        assert.strictEqual(ending(response(httpStatus, body, whole)), "OutcomeUnknown unknown")
      }
    })
  }

  for (const [what, body, whole] of foreign) {
    it(`B06 ${what} leaves the decision to the status`, () => {
      assert.strictEqual(ending(response(401, body, whole)), "Unauthorized not-deleted")
      assert.strictEqual(ending(response(429, body, whole)), "RateLimited not-deleted")
      for (const httpStatus of [400, 402, 403, 404, 405, 409, 418]) {
        assert.strictEqual(ending(response(httpStatus, body, whole)), "UnexpectedResponse not-deleted")
      }
      for (const httpStatus of [100, 300, 302, 307, 308, 500, 502, 503, 504, 599, 999]) {
        assert.strictEqual(ending(response(httpStatus, body, whole)), "OutcomeUnknown unknown")
      }
    })
  }

  for (const [what, body, whole] of garbled) {
    it(`B06 ${what} is unknown at every status: it may have been an internal error`, () => {
      for (const httpStatus of statuses) {
        assert.strictEqual(ending(response(httpStatus, body, whole)), "OutcomeUnknown unknown")
      }
    })
  }

  it("says why it is not known", () => {
    const why = (answer: Answer) => {
      const result = classify(answer, call)
      return Result.isFailure(result) && result.failure._tag === "OutcomeUnknown" ? result.failure.reason : "known"
    }
    assert.strictEqual(why(response(200, "")), "unreadable")
    assert.strictEqual(why(response(400, '{"code":')), "unreadable")
    assert.strictEqual(why(response(300, "")), "redirected")
    assert.strictEqual(why(response(399, "")), "redirected")
    assert.strictEqual(why(response(500, "")), "server-error")
    assert.strictEqual(why(response(500, '{"code":0}')), "contradiction")
    assert.strictEqual(
      why({ _tag: "NoAnswer", reason: "timeout", httpStatus: undefined, traceId: undefined }),
      "timeout"
    )
  })

  it("B08 a 404 without an envelope suggests a wrong base URL", () => {
    const error = Result.getOrThrow(Result.flip(classify(response(404, "not found"), call)))
    assert.strictEqual(error._tag, "UnexpectedResponse")
    assert.match(error.message, /base URL is probably wrong/)
    assert.strictEqual(ending(response(404, "not found"), true), "UnexpectedResponse unknown")
  })

  it("B13 tells what was certainly not sent from what may have been", () => {
    assert.strictEqual(ending({ _tag: "NotSent", detail: "ECONNREFUSED" }), "Unreachable not-deleted")
    for (const reason of ["timeout", "connection-lost", "unreadable"] as const) {
      const answer: Answer = { _tag: "NoAnswer", reason, httpStatus: undefined, traceId: undefined }
      assert.strictEqual(ending(answer), "OutcomeUnknown unknown")
    }
  })

  it("B14 not found after an unknown attempt means that the session is gone", () => {
    assert.strictEqual(ending(response(200, envelope(300003)), true), "absent-after-unknown")
    assert.strictEqual(ending(response(200, envelope(0)), true), "deleted")
  })

  it("B14 no refusal after an unknown attempt makes it known again", () => {
    for (const [code, , expected] of codes) {
      if (code === 300003) continue
      assert.strictEqual(ending(response(200, envelope(code)), true), expected.replace("not-deleted", "unknown"))
    }
    assert.strictEqual(ending({ _tag: "NotSent", detail: "ECONNREFUSED" }, true), "Unreachable unknown")
  })

  it("carries what is known", () => {
    const answer: Answer = {
      _tag: "Response",
      httpStatus: 429,
      traceId: "trace-1",
      retryAfter: Duration.seconds(2),
      body: '{"code":201,"msg":"slow down"}',
      whole: true
    }
    const error = Result.getOrThrow(Result.flip(classify(answer, { ...call, externalTraceId: "mine", attempts: 3 })))
    assert.deepInclude(
      { ...error },
      {
        _tag: "RateLimited",
        sessionId: "a",
        outcome: "not-deleted",
        code: 201,
        httpStatus: 429,
        msg: "slow down",
        traceId: "trace-1",
        externalTraceId: "mine",
        attempts: 3
      }
    )
    assert.strictEqual(error._tag === "RateLimited" ? error.retryAfterMillis : undefined, 2000)
  })

  it("reads the message from msg, from data where the oldest version puts it, and never from message", () => {
    const message = (body: object) => {
      const error = Result.getOrThrow(Result.flip(classify(response(200, JSON.stringify(body)), call)))
      return "msg" in error ? error.msg : undefined
    }
    assert.strictEqual(message({ code: 100, msg: "m", data: "d" }), "m")
    assert.strictEqual(message({ code: 100, msg: null, data: "d" }), "d")
    assert.strictEqual(message({ code: 100, msg: { a: 1 }, data: {} }), undefined)
    assert.strictEqual(message({ code: 100, message: "x" }), undefined)
  })

  it.prop(
    "B07 a first attempt succeeds exactly when a 2xx brings an envelope whose code is the number 0",
    [
      Schema.Union([Schema.Literals([199, 200, 204, 299, 300]), Schema.Int]),
      Schema.Union([Schema.Literals([0, "0", 201]), Schema.Json]),
      Schema.Json
    ],
    ([httpStatus, code, data]) => {
      const succeeds = (body: string) => Result.isSuccess(classify(response(httpStatus, body), call))
      const acknowledged = httpStatus >= 200 && httpStatus < 300 && code === 0
      assert.strictEqual(succeeds(JSON.stringify({ code, data })), acknowledged)
      assert.isFalse(succeeds(JSON.stringify([{ code, data }])))
      assert.isFalse(succeeds(JSON.stringify({ data: { code } })))
      assert.isFalse(succeeds(JSON.stringify({ code, data }).slice(0, -1)))
      assert.isFalse(succeeds(JSON.stringify(code)))
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop("is total: any body at any status is an ending", [Schema.Int, Schema.String], ([httpStatus, body]) => {
    const result = classify(response(httpStatus, body), call)
    assert.isTrue(Result.isSuccess(result) || ["not-deleted", "unknown"].includes(result.failure.outcome))
  })
})
