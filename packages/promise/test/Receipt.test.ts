import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { json, serve } from "./support/Server.ts"
import { answer, clientOf, clientOver } from "./support/sessions.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("Receipt", () => {
  it("is a frozen plain object with dates, and JSON", async () => {
    await using server = await serve(json({ code: 0 }, 200, { "x-pd-trace-id": "trace-1" }))
    await using sessions = clientOf(server)
    const receipt = await sessions.delete("04b6", { externalTraceId: "mine" })
    const { finishedAt, startedAt, ...rest } = receipt
    assert.deepStrictEqual(rest, {
      sessionId: "04b6",
      userId: "tmm-1=",
      disposition: "deleted",
      verified: false,
      traceId: "trace-1",
      externalTraceId: "mine",
      attempts: 1
    })
    assert.strictEqual(Object.getPrototypeOf(receipt), Object.prototype)
    assert.isFrozen(receipt)
    assert.isTrue(startedAt instanceof Date && finishedAt instanceof Date)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(receipt)), {
      ...rest,
      startedAt: startedAt.toISOString(),
      finishedAt: finishedAt.toISOString()
    })
  })

  it("says when the call began and when it was settled", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01T00:00:00.000Z") })
    await using sessions = clientOver(() => {
      vi.setSystemTime(new Date("2026-01-01T00:00:07.500Z"))
      return answer({ code: 0 })
    })
    const { finishedAt, startedAt } = await sessions.delete("04b6")
    assert.strictEqual(startedAt.toISOString(), "2026-01-01T00:00:00.000Z")
    assert.strictEqual(finishedAt.toISOString(), "2026-01-01T00:00:07.500Z")
  })

  it("has no key for what is not known", async () => {
    await using sessions = clientOver(() => answer({ code: 0 }))
    const receipt = await sessions.delete("04b6")
    assert.doesNotHaveAnyKeys(receipt, ["traceId", "externalTraceId"])
  })
})
