import { assert, describe, it } from "@effect/vitest"
import { farewell } from "../src/Stop.ts"

describe("a second signal", () => {
  const calls = new Set([
    { sessionId: "a", underWay: true },
    { sessionId: "b", underWay: false }
  ])

  it("names what is under way, on a line of its own, and says the last words", () => {
    assert.strictEqual(
      farewell({ calls, leaving: { isMidLine: () => true, words: () => "Run it again." } }),
      "\nunknown       a  left while a request was under way\nRun it again.\n"
    )
  })

  it("says nothing where nothing is under way", () => {
    assert.strictEqual(farewell({ calls: new Set(), leaving: { isMidLine: () => false, words: () => "" } }), "")
  })
})
