/**
 * Every error, reached over a socket, and told apart in each of the ways there are.
 */
import * as Promised from "@powerdrill-sessions/promise"
import { isSessionsError, type SessionsError } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { type Answer, json, reset, serve } from "./support/Server.ts"
import { clientOf, errorOf, rejection } from "./support/sessions.ts"

const answers: ReadonlyArray<readonly [tag: SessionsError["_tag"], answer: Answer]> = [
  ["BadRequest", json({ code: 100 })],
  ["BadRequest", json({ code: 300001 }, 400)],
  ["RateLimited", json({ code: 201 })],
  ["RateLimited", json("slow down", 429)],
  ["Internal", json({ code: 9999 }, 500)],
  ["InvalidOperation", json({ code: 100001 })],
  ["Unauthorized", json({ code: 1004 }, 403)],
  ["Forbidden", json({ code: 300002 })],
  ["SessionNotFound", json({ code: 300003 })],
  ["UnrecognizedCode", json({ code: 424242 })],
  ["UnexpectedResponse", json("<html>", 404)],
  ["OutcomeUnknown", reset],
  ["OutcomeUnknown", json("<html>", 502)]
]

describe("SessionsError", () => {
  it("each answer rejects with its class, by instanceof and by tag", async () => {
    for (const [tag, answer] of answers) {
      await using server = await serve(answer)
      await using sessions = clientOf(server)
      const thrown = await rejection(sessions.delete("04b6"))
      assert.isTrue(isSessionsError(thrown), tag)
      assert.instanceOf(thrown, Error)
      assert.isTrue(thrown instanceof Promised[tag], tag)
      assert.strictEqual(thrown.name, tag)
      const returned = await errorOf(sessions.try.delete("04b6"))
      assert.strictEqual(returned._tag, tag)
      assert.isTrue(returned instanceof Promised[tag], tag)
      for (const other of answers) {
        assert.strictEqual(thrown instanceof Promised[other[0]], other[0] === tag)
      }
      assert.strictEqual(
        answers.some(([tag]) => tag === seen(returned)),
        true
      )
      assert.deepInclude(JSON.parse(JSON.stringify(thrown)), { _tag: tag, sessionId: "04b6", attempts: 1 })
    }
  })

  it("carries what the answer said", async () => {
    await using server = await serve(
      json({ code: 201, msg: "slow down" }, 429, { "x-pd-trace-id": "trace-1", "retry-after": "90" }),
      json({ code: 201 })
    )
    await using sessions = clientOf(server)
    const error = await rejection(sessions.delete("04b6", { externalTraceId: "mine" }))
    assert.instanceOf(error, Promised.RateLimited)
    const { code, externalTraceId, httpStatus, message, msg, outcome, retryAfterMillis, traceId } = error
    assert.deepStrictEqual(
      { code, externalTraceId, httpStatus, msg, outcome, retryAfterMillis, traceId },
      {
        code: 201,
        externalTraceId: "mine",
        httpStatus: 429,
        msg: "slow down",
        outcome: "not-deleted",
        retryAfterMillis: 90_000,
        traceId: "trace-1"
      }
    )
    assert.match(message, /^Session "04b6" was not deleted\..*Try again in 1m 30s\./)
    const untold = await rejection(sessions.delete("04b6"))
    assert.instanceOf(untold, Promised.RateLimited)
    assert.isUndefined(untold.retryAfterMillis)
  })

  it("B13 a server that is not there is unreachable, or unknown where the runtime cannot tell", async () => {
    const server = await serve(reset)
    await server[Symbol.asyncDispose]()
    await using sessions = clientOf(server)
    const error = await errorOf(sessions.try.delete("04b6"))
    assert.strictEqual(error._tag, "Unreachable")
    assert.strictEqual(error.outcome, "not-deleted")
  })

  it("can be made in a test of code that handles them", () => {
    const about = { sessionId: "04b6", outcome: "not-deleted", attempts: 1 } as const
    const errors: ReadonlyArray<SessionsError> = [
      new Promised.RateLimited({ ...about, limitedBy: "api", code: 201 }),
      new Promised.Vetoed({ ...about, attempts: 0, plugin: "protect", reason: "protected" }),
      new Promised.InvalidRequest({
        outcome: "not-deleted",
        attempts: 0,
        field: "sessionId",
        rule: "must not be empty"
      }),
      new Promised.Aborted({ sessionId: "04b6", outcome: "unknown", reason: undefined }),
      new Promised.ClientClosed({ sessionId: "04b6", outcome: "unknown" }),
      new Promised.Defect({ sessionId: "04b6", detail: "TypeError" })
    ]
    for (const error of errors) {
      assert.isTrue(isSessionsError(error))
      assert.strictEqual(seen(error), error._tag)
    }
    assert.isFalse(isSessionsError(new Error("04b6")))
    assert.isFalse(isSessionsError({ _tag: "RateLimited", ...about }))
    assert.isFalse(isSessionsError(undefined))
  })
})

/** Compiles only while every error has a case, and each case knows the fields of its error. */
const seen = (error: SessionsError): string => {
  switch (error._tag) {
    case "BadRequest":
    case "RateLimited":
    case "Internal":
    case "InvalidOperation":
    case "Unauthorized":
    case "Forbidden":
    case "SessionNotFound":
    case "UnrecognizedCode":
    case "UnexpectedResponse":
    case "OutcomeUnknown":
    case "Unreachable":
    case "Vetoed":
    case "InvalidRequest":
    case "Aborted":
    case "ClientClosed":
    case "Defect":
      return error._tag
    default:
      return error satisfies never
  }
}
