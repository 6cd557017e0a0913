/**
 * Plugins between promises and Effect.
 */
import * as Core from "@powerdrill-sessions/core"
import { createSessions, definePlugin, InvalidConfig, type Plugin, protect, veto } from "@powerdrill-sessions/promise"
import { fromEffectPlugin, toEffectPlugin } from "@powerdrill-sessions/promise/effect"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { inspect } from "node:util"
import { canary, serve, success } from "./support/Server.ts"
import { clientOf, errorOf } from "./support/sessions.ts"

const holds = Core.Plugin.make({
  name: "holds",
  before: ({ sessionId }) => (sessionId === "held" ? Core.Plugin.veto("it is held") : Effect.void)
})

describe("toEffectPlugin", () => {
  it.effect("a plugin of promises guards a program of Effect", () =>
    Effect.gen(function* () {
      const told: Array<Plugin.Outcome> = []
      const plugin = definePlugin({
        name: "async",
        before: async ({ sessionId }) => {
          if (sessionId === "held") veto("it is held")
        },
        around: (_, next) => next(),
        after: (outcome) => told.push(outcome)
      })
      const layer = Core.Sessions.layerTest(() => Effect.succeed("deleted")).pipe(
        Layer.provide(Core.Plugin.layer(toEffectPlugin(plugin), toEffectPlugin(protect(["kept"]))))
      )
      const erase = (sessionId: string) =>
        Core.Sessions.use((sessions) => sessions.delete({ sessionId, userId: "tmm-1" })).pipe(Effect.provide(layer))
      assert.strictEqual((yield* erase("free")).disposition, "deleted")
      assert.deepInclude(yield* Effect.flip(erase("held")), { _tag: "Vetoed", plugin: "async", reason: "it is held" })
      assert.deepInclude(yield* Effect.flip(erase("kept")), { _tag: "Vetoed", plugin: "protect" })
      assert.deepStrictEqual(
        told.map(({ _tag }) => _tag),
        ["Deleted", "Vetoed", "Vetoed"]
      )
    })
  )

  it.effect("B27 what a hook of it throws never shows the key of the program's client", () =>
    Effect.gen(function* () {
      const broken = async () => Promise.reject(new Error(`no lock, ${canary}`))
      const layer = Core.Sessions.layer.pipe(
        Layer.provide([Core.PowerdrillConfig.layer({ apiKey: canary }), FetchHttpClient.layer])
      )
      const kinds: ReadonlyArray<readonly [hook: Partial<Plugin>, reason: string]> = [
        [{ around: broken }, "its wrapper failed: no lock, <redacted>"],
        [{ before: broken }, "its guard failed: no lock, <redacted>"]
      ]
      for (const [hook, reason] of kinds) {
        const error = yield* Core.Sessions.use((sessions) =>
          sessions.delete({ sessionId: "04b6", userId: "tmm-1" })
        ).pipe(Core.Plugin.with(toEffectPlugin({ name: "lock", ...hook })), Effect.provide(layer), Effect.flip)
        assert.deepInclude({ ...error }, { _tag: "Vetoed", reason })
        assert.notProperty(error, "broken")
        assert.notInclude(inspect(error, { showHidden: true, depth: 9 }) + error.stack, canary)
      }
    })
  )

  it.effect("a hook of it that deletes with a client of promises is refused", () =>
    Effect.gen(function* () {
      const inner = createSessions({ apiKey: canary, userId: "tmm-1", fetch: () => assert.fail("Something was sent.") })
      const plugin = definePlugin({
        name: "reentrant",
        before: async () => assert.strictEqual((await errorOf(inner.try.delete("other")))._tag, "Vetoed")
      })
      yield* Core.Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1" })).pipe(
        Core.Plugin.with(toEffectPlugin(plugin)),
        Effect.provide(Core.Sessions.layerTest(() => Effect.succeed("deleted")))
      )
    })
  )

  it("gives back what it was made from, and refuses what is no plugin", () => {
    assert.strictEqual(toEffectPlugin(fromEffectPlugin(holds)), holds)
    assert.throws(() => toEffectPlugin({ name: "" }), InvalidConfig)
    assert.throws(
      () => toEffectPlugin(fromEffectPlugin("built", Effect.succeed(holds))),
      /an effect builds this plugin/
    )
  })
})

describe("fromEffectPlugin", () => {
  it("a plugin of the core guards a client of promises, also as a copy", async () => {
    await using server = await serve(success)
    for (const plugin of [fromEffectPlugin(holds), { ...fromEffectPlugin(holds) }]) {
      await using sessions = clientOf(server, { plugins: [plugin] })
      assert.deepInclude(await errorOf(sessions.try.delete("held")), { _tag: "Vetoed", plugin: "holds" })
      assert.strictEqual((await sessions.delete("free")).disposition, "deleted")
    }
  })

  it("an effect builds one per client, once, and what it has acquired is released when the client closes", async () => {
    await using server = await serve(success)
    const log: Array<string> = []
    const built = fromEffectPlugin(
      "built",
      Effect.acquireRelease(
        Effect.sync(() => log.push("acquired")),
        () => Effect.sync(() => log.push("released"))
      ).pipe(Effect.delay(1), Effect.as(holds))
    )
    const sessions = clientOf(server, { plugins: [built, fromEffectPlugin(holds)] })
    const endings = await Promise.all(["held", "a", "b"].map((id) => sessions.try.delete(id)))
    assert.deepStrictEqual(
      endings.map(({ ok }) => ok),
      [false, true, true]
    )
    assert.deepInclude(await errorOf(sessions.try.delete("held")), { plugin: "built" })
    assert.deepStrictEqual(log, ["acquired"])
    await sessions.close()
    assert.deepStrictEqual(log, ["acquired", "released"])
  })

  it("one that cannot be built lets nothing pass", async () => {
    await using server = await serve(success)
    const failing = [
      [Effect.fail(`no file, ${canary}`), /it could not be built: no file, <redacted>/],
      [Effect.die("oh"), /it could not be built: oh/],
      [Effect.never, /it could not be built: TimeoutError/]
    ] as const
    for (const [effect, message] of failing) {
      await using sessions = clientOf(server, { deadline: 20, plugins: [fromEffectPlugin("file", effect)] })
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.deepInclude(error, { _tag: "Vetoed", plugin: "file", outcome: "not-deleted", broken: true })
      assert.match(error.message, message)
    }
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("a call that is aborted while it is built has sent nothing, and the next one is guarded", async () => {
    await using server = await serve(success)
    const goOn = Promise.withResolvers<void>()
    const slow = Effect.as(
      Effect.promise(() => goOn.promise),
      holds
    )
    await using sessions = clientOf(server, { plugins: [fromEffectPlugin("slow", slow)] })
    const controller = new AbortController()
    const ended = errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
    controller.abort()
    assert.deepInclude(await ended, { _tag: "Aborted", outcome: "not-deleted" })
    goOn.resolve()
    assert.deepInclude(await errorOf(sessions.try.delete("held")), { _tag: "Vetoed", plugin: "slow" })
    assert.strictEqual(server.arrivals.length, 0)
  })
})
