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
  new Vetoed({ ...call, plugin: "protect", reason: "on the list", entireRun: true, broken: true })
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

  it("asks for no wait of nothing, and shows why a connection failed", () => {
    const limited = new RateLimited({ ...answered, limitedBy: "api", retryAfter: Duration.zero })
    assert.include(limited.message, "Try again later.")
    const lost = { ...call, outcome: "unknown", reason: "connection-lost" } as const
    assert.include(new OutcomeUnknown({ ...lost, detail: "ECONNRESET" }).message, "The connection failed (ECONNRESET),")
    assert.include(new OutcomeUnknown(lost).message, "The connection failed, and")
  })

  it("tells unknown from not deleted in its first words", () => {
    assert.match(new Internal({ ...answered, outcome: "unknown" }).message, /^It is not known whether/)
    assert.match(
      new RateLimited({ ...answered, limitedBy: "api", outcome: "unknown" }).message,
      /^It is not known whether/
    )
    assert.match(new RateLimited({ ...answered, limitedBy: "api" }).message, /^Session "04b6" was not deleted\./)
  })

  it("says what to do next where that depends", () => {
    const limited = (limitedBy: "api" | "budget", retryAfter?: Duration.Duration) =>
      new RateLimited({ ...call, limitedBy, ...(retryAfter === undefined ? undefined : { retryAfter }) })
    assert.match(limited("api").message, /The team is over its request rate\. Try again later\./)
    assert.match(limited("api", Duration.seconds(2)).message, /Try again in 2s\./)
    assert.match(limited("budget").message, /nothing was sent this time/)
    assert.isUndefined(limited("api").retryAfterMillis)
    assert.strictEqual(limited("api", Duration.millis(1500)).retryAfterMillis, 1500)
    const foreign = (httpStatus: number) => new UnexpectedResponse({ ...call, httpStatus }).message
    assert.match(foreign(404), /The base URL is probably wrong\./)
    assert.match(foreign(400), /Look for a proxy in between, or a wrong base URL\./)
    assert.match(new Unauthorized({ ...call, attempts: 0 }).message, /nothing was sent/)
    assert.notMatch(new Unauthorized({ ...call, attempts: 1 }).message, /nothing was sent/)
    const invalid = { outcome: "not-deleted", attempts: 0, field: "userId", rule: "must not be empty" } as const
    assert.strictEqual(new InvalidRequest(invalid).message, "Nothing was sent: userId must not be empty.")
    assert.match(new InvalidRequest({ ...invalid, sessionId: "a" }).message, /The session id given is "a"\.$/)
  })

  it("says why it is not known", () => {
    const why = (reason: OutcomeUnknown["reason"], detail?: string) =>
      new OutcomeUnknown({ ...call, outcome: "unknown", reason, ...(detail === undefined ? undefined : { detail }) })
        .message
    assert.match(why("timeout"), /no answer came in time\./)
    assert.match(why("connection-lost"), /The connection failed, and the request may have been sent\./)
    assert.match(why("connection-lost", "ECONNRESET"), /The connection failed \(ECONNRESET\), and the request/)
    assert.match(why("redirected"), /a redirect, which is never followed\./)
    assert.match(why("unreadable"), /cannot be read as the API's answer\./)
    assert.match(why("server-error"), /failed without saying how far it got\./)
    assert.match(why("contradiction"), /claimed success and contradicted it\./)
  })

  it("cannot be made to drive a terminal by what a server or an id says", () => {
    const { message } = new BadRequest({
      ...answered,
      sessionId: "a\u009b31m",
      traceId: "t\u009b31m",
      msg: "\u001b]0;x\u0007\u202e evil\n"
    })
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
