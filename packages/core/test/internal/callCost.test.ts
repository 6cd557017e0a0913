/**
 * What hooks cost, counted instead of timed: fibers that are started, and timers. No machine is too slow for that.
 */
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Duration, Effect, Layer } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { send } from "../../src/internal/send.ts"
import { canary, remove } from "../support/sessions.ts"

const request = { method: "DELETE", url: "https://sessions.example/", headers: {} } as const

const atOnce = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ code: 0 }))))
  )
)

/** Sessions over a client that answers at once. */
const over = (plugins: Layer.Layer<never, unknown>) =>
  Sessions.layer.pipe(
    Layer.provide([plugins, PowerdrillConfig.layer({ apiKey: canary, requestsPerSecond: Infinity }), atOnce])
  )

/** The fibers that an effect starts and the times it sleeps. Fibers are numbered as they are started. */
const count = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const clock = yield* Clock.Clock
  let timers = 0
  const counting = Object.assign(Object.create(clock), {
    sleep: (duration: Parameters<typeof clock.sleep>[0]) => {
      timers++
      return clock.sleep(duration)
    }
  })
  const newest = Effect.map(Effect.forkChild(Effect.void), ({ id }) => id)
  const before = yield* newest
  yield* Effect.provideService(effect, Clock.Clock, counting)
  return { fibers: (yield* newest) - before - 1, timers }
})

const costOf = (...plugins: ReadonlyArray<Plugin>) => costOver(Plugin.layer(...plugins))

const costOver = (plugins: Layer.Layer<never, unknown>) =>
  Effect.gen(function* () {
    // What is made once, at the first call, is no cost of a call.
    yield* remove("04b6")
    return yield* count(remove("04b6"))
  }).pipe(Effect.provide(over(plugins)))

const hook = () => Effect.void
const guard = Plugin.make({ name: "guard", before: hook })
const observer = Plugin.make({ name: "observer", after: hook })

describe("what a call costs", () => {
  it.effect("without plugins: no fiber and no timer but those of the time limit of its attempt", () =>
    Effect.gen(function* () {
      const attempt = HttpClient.HttpClient.use((http) => send(http, request, Duration.seconds(10)))
      const wire = yield* count(attempt).pipe(Effect.provide(atOnce))
      assert.deepStrictEqual(yield* costOver(Layer.empty), wire)
      assert.deepStrictEqual(yield* costOf(), wire)
    })
  )

  it.effect("with hooks that end at once: a fiber for each, and no timer", () =>
    Effect.gen(function* () {
      const { fibers, timers } = yield* costOf()
      const ten = Array.from({ length: 10 }, (_, index) =>
        Plugin.make({ name: `plugin-${index}`, before: hook, onAttempt: hook, onRetry: hook, after: hook })
      )
      assert.deepStrictEqual(yield* costOf(guard), { fibers: fibers + 1, timers })
      assert.deepStrictEqual(yield* costOf(guard, observer), { fibers: fibers + 2, timers })
      // Nothing was tried again.
      assert.deepStrictEqual(yield* costOf(...ten), { fibers: fibers + 30, timers })
    })
  )

  it.effect("with a hook that takes its time: the timer of its timeout", () =>
    Effect.gen(function* () {
      const { timers } = yield* costOf()
      const slow = Plugin.make({ name: "slow", after: () => Effect.yieldNow })
      assert.strictEqual((yield* costOf(slow)).timers, timers + 1)
    })
  )

  it.effect("nothing that is remembered from one call reaches a call made elsewhere", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const see = () => Effect.map(Caller, (caller) => seen.push(caller))
      const curious = Plugin.make({
        name: "curious",
        before: see,
        around: (_, next) => Effect.andThen(see(), next),
        after: see
      })
      const calls = Effect.forEach(["a", "b", "a"], (caller) => Effect.provideService(remove("04b6"), Caller, caller))
      yield* Effect.provide(calls, over(Plugin.layer(curious)))
      assert.strictEqual(seen.join(""), "aaabbbaaa")
    })
  )
})

class Caller extends Context.Reference("test/Caller", { defaultValue: () => "nobody" }) {}
