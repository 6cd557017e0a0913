/**
 * The tests of a plugin: a template to copy. `Sessions.layerTest` answers without a network, and runs the plugin as it runs
 * around a real delete.
 */
import { Plugin, Sessions } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, DateTime, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { officeHours, officeHoursConfig } from "../src/index.ts"

/** What reached the API, and how the call ended. */
const attempt = Effect.fnUntraced(function* (plugin: Plugin) {
  const reached: Array<string> = []
  const api = Sessions.layerTest(({ sessionId }) => {
    reached.push(sessionId)
    return Effect.succeed("deleted")
  })
  const result = yield* Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1" })).pipe(
    Effect.provide(Layer.provide(api, Plugin.layer(plugin))),
    Effect.result
  )
  return { reached, says: result._tag === "Success" ? result.success.disposition : result.failure.message }
})

const zurich = { timeZone: DateTime.zoneMakeNamedUnsafe("Europe/Zurich"), from: 9, to: 17 }

describe("officeHours", () => {
  for (const [when, time, open] of [
    ["on a Monday at nine", "2026-03-02T08:00:00Z", true],
    ["on a Monday before nine", "2026-03-02T07:59:59Z", false],
    ["on a Friday at five", "2026-03-06T16:00:00Z", false],
    ["on a Sunday", "2026-03-01T11:00:00Z", false],
    ["on a summer's Monday at nine", "2026-06-01T07:00:00Z", true]
  ] as const) {
    it.effect(`${when} it is ${open ? "open" : "closed"}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse(time))
        const { reached, says } = yield* attempt(officeHours(zurich))
        assert.deepStrictEqual(reached, open ? ["04b6"] : [])
        assert.strictEqual(
          says,
          open
            ? "deleted"
            : 'Session "04b6" was not deleted. Plugin "office-hours" refused: nobody is in the office; try again in ' +
                "office hours. Nothing was sent."
        )
      })
    )
  }

  it.effect("reads its settings from the environment", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-02T20:00:00Z"))
      const env = (variables: Record<string, string>) =>
        Effect.flatMap(
          Effect.provideService(
            officeHoursConfig,
            ConfigProvider.ConfigProvider,
            ConfigProvider.fromUnknown(variables)
          ),
          attempt
        )
      assert.deepStrictEqual((yield* env({ OFFICE_TIME_ZONE: "America/New_York" })).reached, ["04b6"])
      assert.deepStrictEqual((yield* env({ OFFICE_TIME_ZONE: "America/New_York", OFFICE_TO: "15" })).reached, [])
      const error = yield* Effect.flip(env({ OFFICE_TIME_ZONE: "Atlantis" }))
      assert.instanceOf(error, Config.ConfigError)
    })
  )
})
