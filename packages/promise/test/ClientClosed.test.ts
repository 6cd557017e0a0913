import { ClientClosed } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"

describe("ClientClosed", () => {
  it("claims that nothing was sent only where that is so", () => {
    const during = new ClientClosed({ sessionId: "04b6", outcome: "unknown" })
    assert.match(during.message, /^It is not known whether session "04b6" was deleted\./)
    const after = new ClientClosed({ sessionId: "04b6", outcome: "not-deleted" })
    assert.match(
      after.message,
      /^Session "04b6" was not deleted\..* nothing was sent, or what was sent had been refused\./
    )
    assert.strictEqual(after.name, "ClientClosed")
    assert.deepStrictEqual(JSON.parse(JSON.stringify(after)), {
      _tag: "ClientClosed",
      sessionId: "04b6",
      outcome: "not-deleted",
      message: after.message
    })
  })

  it("says of a read that nothing more was read", () => {
    const error = new ClientClosed({ outcome: "not-deleted" })
    assert.match(error.message, /^Nothing more was read\. The client is closed/)
    assert.isFalse("sessionId" in error)
  })
})
