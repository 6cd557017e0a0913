import { Defect } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { clientOver, errorOf, rejection } from "./support/sessions.ts"

describe("Defect", () => {
  it("is what a call ends with when its fetch returns no response, and the session is in doubt", async () => {
    const fetch = async (): Promise<Response> => JSON.parse("null")
    await using sessions = clientOver(fetch)
    const error = await rejection(sessions.delete("04b6"))
    assert.instanceOf(error, Defect)
    assert.strictEqual(error.outcome, "unknown")
    assert.match(error.message, /^It is not known whether session "04b6" was deleted\./)
    assert.match(error.detail, /^TypeError: /)
    assert.isUndefined(error.cause)
    assert.strictEqual((await errorOf(sessions.try.ensureDeleted("04b6")))._tag, "Defect")
    assert.deepInclude(JSON.parse(JSON.stringify(error)), { _tag: "Defect", detail: error.detail })
  })
})
