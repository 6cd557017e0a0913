import { InvalidConfig, protect } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { serve, success } from "./support/Server.ts"
import { clientOf, errorOf } from "./support/sessions.ts"

describe("protect", () => {
  it("refuses ids and patterns, naming the rule, and lets all else pass", async () => {
    await using server = await serve(success)
    await using sessions = clientOf(server, { plugins: [protect(["04b6", /^legal-/gy])] })
    for (const [id, reason] of [
      ["04b6", 'it is protected by the rule "04b6"'],
      ["legal-1", "it is protected by the rule /^legal-/gy"],
      // A pattern remembers nothing.
      ["legal-1", "it is protected by the rule /^legal-/gy"]
    ] as const) {
      assert.deepInclude(await errorOf(sessions.try.delete(id)), { _tag: "Vetoed", plugin: "protect", reason })
    }
    assert.strictEqual(server.arrivals.length, 0)
    for (const id of ["04b", "04b60", "04B6", "not-legal-1"]) {
      assert.strictEqual((await sessions.delete(id)).disposition, "deleted")
    }
  })

  it("refuses everything where a rule is none", async () => {
    await using server = await serve(success)
    await using sessions = clientOf(server, { plugins: [protect(["04b6", ""], { name: "holds" })] })
    assert.deepInclude(await errorOf(sessions.try.delete("other")), { _tag: "Vetoed", plugin: "holds" })
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("refuses what is no list", () => {
    for (const rules of ["04b6", undefined, new Set(["04b6"])]) {
      assert.throws(() => Reflect.apply(protect, undefined, [rules]), InvalidConfig)
    }
  })
})
