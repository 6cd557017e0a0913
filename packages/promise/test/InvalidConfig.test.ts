import * as Core from "@powerdrill-sessions/core"
import { createSessions, InvalidConfig } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"

describe("InvalidConfig", () => {
  it("is core's class, by instanceof and by tag", () => {
    try {
      createSessions({ apiKey: "two words" })
      assert.fail("It was not thrown.")
    } catch (error) {
      assert.instanceOf(error, InvalidConfig)
      assert.instanceOf(error, Core.InvalidConfig)
      assert.strictEqual(error._tag, "InvalidConfig")
      assert.strictEqual(error.setting, "apiKey")
      assert.deepInclude(JSON.parse(JSON.stringify(error)), { setting: "apiKey", message: error.message })
    }
  })
})
