import { assert, describe, it } from "@effect/vitest"
import type { Outcome } from "@powerdrill-sessions/purge"
import { notice, toJson } from "../src/EventLine.ts"

const counts = {
  planned: 1,
  deleted: 1,
  notDeleted: 0,
  unknown: 0,
  vetoed: 0,
  unprocessed: 0,
  byDisposition: { deleted: 1, "absent-after-unknown": 0, "already-absent": 0 },
  byError: {}
}

const deleted = {
  outcome: "deleted",
  disposition: "deleted",
  attempts: 1,
  startedAt: "2026-01-02T03:04:05.000Z",
  finishedAt: "2026-01-02T03:04:05.020Z"
} as const

describe("an event of a purge", () => {
  const settled = (outcome: Outcome) =>
    toJson({ _tag: "Settled", n: 1, userId: "tmm-1", sessionId: "a", outcome, counts })

  it("B29 has the fields of `delete --json`, and says whether the session was read afterwards", () => {
    const read = { ...deleted, verified: true } as const
    assert.deepStrictEqual(settled(deleted), {
      event: "settled",
      n: 1,
      userId: "tmm-1",
      sessionId: "a",
      outcome: "deleted",
      disposition: "deleted",
      verified: false,
      error: null,
      traceId: null,
      externalTraceId: null,
      attempts: 1,
      durationMs: 20,
      counts
    })
    assert.deepInclude(settled(read), { verified: true })
  })

  it("tells a pause that ends by itself from one that somebody has to end", () => {
    const paused = { _tag: "Paused", counts } as const
    assert.strictEqual(notice({ ...paused, by: "ann" }), "Paused by ann: nothing is begun until `resume`.")
    assert.strictEqual(
      notice({ ...paused, by: "the API", forMillis: 89_400 }),
      "The API wants no request for 90 seconds. It goes on by itself."
    )
  })
})
