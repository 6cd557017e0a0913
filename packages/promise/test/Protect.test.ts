import { InvalidConfig, protect } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { serve, success } from "./support/Server.ts"
import { clientOf, errorOf } from "./support/sessions.ts"

describe("protect", () => {
  it("refuses ids and patterns, naming the rule, and lets all else pass", async () => {
    await using server = await serve(success)
    await using sessions = clientOf(server, { plugins: [protect(["04b6", /^legal-/gy])] })
    for (const [id, reason] of [
      ["04b6", 'the session "04b6" is protected'],
      ["legal-1", "sessions that match /^legal-/ are protected"],
      // A pattern remembers nothing.
      ["legal-1", "sessions that match /^legal-/ are protected"]
    ] as const) {
      assert.deepInclude(await errorOf(sessions.try.delete(id)), { _tag: "Vetoed", plugin: "protect", reason })
    }
    assert.strictEqual(server.arrivals.length, 0)
    for (const id of ["04b", "04b60", "04B6", "not-legal-1"]) {
      assert.strictEqual((await sessions.delete(id)).disposition, "deleted")
    }
  })

  it("refuses rules that would protect nothing", () => {
    for (const rules of ["04b6", undefined, [42], [["04b6"]], new Set(["04b6"])]) {
      assert.throws(() => Reflect.apply(protect, undefined, [rules]), InvalidConfig)
    }
  })
})
