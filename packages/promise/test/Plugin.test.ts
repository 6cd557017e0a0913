/**
 * What plugins of promises can do, and what they cannot, over real sockets.
 */
import { definePlugin, type Plugin, veto } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { serve, success } from "./support/Server.ts"
import { clientOf, rejection } from "./support/sessions.ts"

/** An observer that keeps what it is told. */
const recorder = (name = "recorder") => {
  const told: Array<Plugin.Outcome> = []
  const attempts: Array<Plugin.Attempt> = []
  return {
    told,
    attempts,
    plugin: definePlugin({
      name,
      onAttempt: (attempt) => attempts.push(attempt),
      after: (outcome) => told.push(outcome)
    })
  }
}

const broken = () => {
  throw new Error("broken")
}

describe("guards", () => {
  const refusals: ReadonlyArray<readonly [what: string, before: NonNullable<Plugin["before"]>, reason: RegExp]> = [
    ["vetoes", () => veto("it is under a legal hold."), /^it is under a legal hold$/],
    ["vetoes later", async () => veto("it is under a legal hold"), /^it is under a legal hold$/],
    ["throws", broken, /^its guard failed: broken$/],
    ["rejects", () => Promise.reject(new Error("no database.")), /^its guard failed: no database$/],
    ["rejects with nothing", () => Promise.reject(), /^its guard failed: undefined$/],
    ["throws what cannot be shown", () => Promise.reject(Object.create(null)), /^its guard failed: .*cannot be told$/],
    ["returns false", () => false, /^its guard returned false$/],
    ["resolves to false", async () => false, /^its guard returned false$/],
    ["returns an error", () => Reflect.apply(() => new Error("no"), undefined, []), /^its guard failed: no$/],
    ["never settles", () => new Promise(() => {}), /^its guard took longer than 20ms$/]
  ]
  for (const [what, before, reason] of refusals) {
    it(`B21 one that ${what} is a veto: nothing is sent, and the error names plugin and reason`, async () => {
      await using server = await serve(success)
      const { plugin, told } = recorder()
      await using sessions = clientOf(server, { plugins: [plugin, { name: "guard", timeout: 20, before }] })
      const error = await rejection(sessions.delete("04b6"))
      assert.deepInclude(error, { _tag: "Vetoed", plugin: "guard", outcome: "not-deleted", attempts: 0 })
      assert.match(String(Reflect.get(Object(error), "reason")), reason)
      assert.deepStrictEqual(
        told.map(({ _tag, attempts }) => [_tag, attempts]),
        [["Vetoed", 0]]
      )
      assert.strictEqual(server.arrivals.length, 0)
    })
  }
})
