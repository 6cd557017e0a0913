/**
 * What of a call goes into a ledger, and after which endings a session is left alone.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  ExternalTraceId,
  OutcomeUnknown,
  Receipt,
  SessionId,
  UnexpectedResponse,
  UserId,
  Vetoed
} from "@powerdrill-sessions/core"
import { isFinal, Outcome } from "@powerdrill-sessions/purge"
import { fromDefect, fromError, fromReceipt } from "../src/Outcome.ts"
import { DateTime, Duration, Schema } from "effect"

const seen = {
  startedAt: DateTime.makeUnsafe("2026-01-02T03:04:05.678Z"),
  finishedAt: DateTime.makeUnsafe("2026-01-02T03:04:06.000Z"),
  refused: 0,
  retryAfter: Duration.zero,
  queued: Duration.zero
}

const times = { startedAt: "2026-01-02T03:04:05.678Z", finishedAt: "2026-01-02T03:04:06.000Z" }

const about = { sessionId: "a", outcome: "not-deleted", attempts: 2 } as const

describe("Outcome", () => {
  describe("is final", () => {
    const final = {
      BadRequest: true,
      Forbidden: false,
      InvalidOperation: true,
      InvalidRequest: true,
      SessionNotFound: true,
      UnrecognizedCode: true,
      Vetoed: true,
      RateLimited: false,
      Internal: false,
      Unauthorized: false,
      UnexpectedResponse: false,
      Unreachable: false,
      OutcomeUnknown: false,
      Defect: false,
      SomethingElse: false
    }
    const call = { attempts: 1, ...times }
    for (const [error, expected] of Object.entries(final)) {
      it(`${expected ? "" : "not "}after ${error}`, () => {
        const outcome = error === "Vetoed" ? "vetoed" : "not-deleted"
        assert.strictEqual(isFinal({ outcome, error, ...call }), expected)
        assert.isFalse(isFinal({ outcome: "unknown", error, ...call }), "in doubt")
        assert.isFalse(isFinal({ outcome, error, entireRun: true, ...call }), "of the entire run")
      })
    }

    it("where the API refuses this very session, and not where it refuses the key", () => {
      const refused = { outcome: "not-deleted", error: "Forbidden", ...call } as const
      assert.isTrue(isFinal({ ...refused, code: 300002 }))
      assert.isFalse(isFinal({ ...refused, code: 1003 }))
    })

    it("where a guard has said no, and not where it broke", () => {
      assert.isFalse(isFinal({ outcome: "vetoed", error: "Vetoed", broken: true, ...call }))
    })

    it("when it is deleted, and not without an error to say why it is not", () => {
      assert.isTrue(isFinal({ outcome: "deleted", disposition: "already-absent", ...call }))
      assert.isFalse(isFinal({ outcome: "not-deleted", ...call }))
    })
  })

  it("has of a receipt what proves it", () => {
    const receipt = new Receipt({
      sessionId: SessionId.make("a"),
      userId: UserId.make("tmm-1"),
      disposition: "deleted",
      attempts: 3,
      traceId: "t",
      externalTraceId: ExternalTraceId.make("x"),
      verified: false,
      startedAt: seen.startedAt,
      finishedAt: seen.finishedAt
    })
    assert.deepStrictEqual(
      fromReceipt(receipt, { ...seen, refused: 2, retryAfter: Duration.millis(0.5), queued: Duration.millis(1.6) }),
      {
        outcome: "deleted",
        disposition: "deleted",
        attempts: 3,
        traceId: "t",
        externalTraceId: ExternalTraceId.make("x"),
        refused: 2,
        retryAfterMillis: 1,
        queuedMillis: 2,
        ...times
      }
    )
  })

  it("has of an error what is known", () => {
    const error = new UnexpectedResponse({ ...about, httpStatus: 404, traceId: "t", externalTraceId: "x" })
    assert.deepStrictEqual(fromError(error, seen), {
      outcome: "not-deleted",
      error: "UnexpectedResponse",
      message: error.message,
      httpStatus: 404,
      attempts: 2,
      traceId: "t",
      externalTraceId: ExternalTraceId.make("x"),
      ...times
    })
    const bare = new OutcomeUnknown({ ...about, outcome: "unknown", reason: "timeout" })
    assert.deepStrictEqual(Object.keys(fromError(bare, seen)), [
      "outcome",
      "error",
      "message",
      "attempts",
      "startedAt",
      "finishedAt"
    ])
  })

  it("keeps a wait that is longer than numbers can count", () => {
    const error = new OutcomeUnknown({ ...about, outcome: "unknown", reason: "timeout" })
    const { retryAfterMillis } = fromError(error, { ...seen, retryAfter: Duration.infinity })
    assert.strictEqual(retryAfterMillis, Number.MAX_SAFE_INTEGER)
  })

  it("of a veto is vetoed, but what was in doubt before stays in doubt", () => {
    const veto = { sessionId: "a", attempts: 0, plugin: "p", reason: "r" }
    assert.strictEqual(fromError(new Vetoed({ ...veto, outcome: "not-deleted" }), seen).outcome, "vetoed")
    assert.strictEqual(fromError(new Vetoed({ ...veto, outcome: "unknown" }), seen).outcome, "unknown")
    const all = fromError(new Vetoed({ ...veto, outcome: "not-deleted", entireRun: true }), seen)
    assert.isTrue(all.entireRun)
  })

  it("of a defect is unknown, and all of them fit the schema", () => {
    const outcome = fromDefect("bang", 1, seen)
    assert.strictEqual(outcome.outcome, "unknown")
    assert.isFalse(isFinal(outcome))
    assert.deepStrictEqual(Schema.decodeSync(Outcome)(outcome), outcome)
  })
})
