import { Aborted } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"

describe("Aborted", () => {
  it("claims that nothing was sent only where that is so", () => {
    const after = new Aborted({ sessionId: "04b6", outcome: "unknown", reason: "stop" })
    assert.match(after.message, /^It is not known whether session "04b6" was deleted\./)
    const before = new Aborted({ sessionId: "04b6", outcome: "not-deleted", reason: "stop" })
    assert.match(
      before.message,
      /^Session "04b6" was not deleted\..* nothing was sent, or what was sent had been refused\.$/
    )
  })

  it("keeps the reason, and leaves it out of JSON, which may have no form for it", () => {
    const reason = { big: 1n }
    const error = new Aborted({ sessionId: "04b6", outcome: "unknown", reason })
    assert.strictEqual(error.reason, reason)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(error)), {
      _tag: "Aborted",
      sessionId: "04b6",
      outcome: "unknown",
      message: error.message
    })
    assert.strictEqual(error.name, "Aborted")
  })

  it("an id can neither drive a terminal nor disguise itself, and a long one is cut", () => {
    const { message } = new Aborted({
      sessionId: `\u202e\u001b[2J${"x".repeat(10_000)}`,
      outcome: "unknown",
      reason: 0
    })
    assert.include(message, "\\u202e\\u001b[2J")
    assert.isBelow(message.length, 500)
  })
})
