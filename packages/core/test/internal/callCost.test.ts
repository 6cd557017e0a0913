/**
 * What calls and hooks cost, counted instead of timed: fibers that are started, timers, and whatever else has once been
 * seen to make calls slow. No machine is too slow for that.
 */
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Duration, Effect, Fiber, Layer, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { send } from "../../src/internal/send.ts"
import { counted } from "../support/counted.ts"
import { canary, overFetch, remove } from "../support/sessions.ts"

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

const hook = () => Effect.sync(() => {})
const guard = Plugin.make({ name: "guard", before: hook })
const observer = Plugin.make({ name: "observer", after: hook })

/** A fetch that answers when its caller waits, and counts how often the headers of its answers are read. */
const answering = () => {
  const seen = { headers: 0, requests: 0 }
  const fetch = async () => {
    seen.requests++
    const response = new Response('{"code":0}', { headers: { "content-length": "10", "x-pd-trace-id": "trace-1" } })
    const all = response.headers[Symbol.iterator].bind(response.headers)
    return Object.defineProperty(response, "headers", {
      value: Object.assign(response.headers, {
        [Symbol.iterator]: () => {
          seen.headers++
          return all()
        }
      })
    })
  }
  return { seen, layer: Layer.succeed(FetchHttpClient.Fetch, fetch) }
}

describe("what a call costs", () => {
  it.live("over fetch: a controller that can cut it off, and no fiber; for many at a time, one timer", () =>
    Effect.gen(function* () {
      const { layer, seen } = answering()
      const calls = (many: number) =>
        Effect.forEach(Array(many), () => remove("04b6"), { concurrency: 32, discard: true })
      const costs = yield* Effect.gen(function* () {
        yield* calls(100)
        seen.headers = seen.requests = 0
        return yield* counted(calls(100))
      }).pipe(Effect.provide(Layer.provideMerge(overFetch({}), layer)))
      assert.deepStrictEqual(seen, { headers: 100, requests: 100 })
      const { fibers, timers, ...others } = costs
      // Those of this test's loop, and what sleeps for all of them.
      assert.strictEqual(fibers, 100 + timers)
      assert.isBelow(timers, 10)
      assert.deepStrictEqual(others, { spans: 0, controllers: 100, urls: 0, finalizers: 0, schemas: 0 })
    })
  )

  it.live("whose counters see what they count", () =>
    Effect.gen(function* () {
      const costly = Effect.sync(() => {
        new AbortController()
        new URL("https://sessions.example")
        new FinalizationRegistry(() => {}).register({}, 1)
        return Schema.decodeUnknownSync(Schema.Struct({ code: Schema.Int }))({ code: 0 })
      }).pipe(Effect.withSpan("costly"), Effect.delay(1), Effect.forkChild, Effect.flatMap(Fiber.join))
      const { schemas, ...others } = yield* counted(costly)
      assert.isAbove(schemas, 0)
      assert.deepStrictEqual(others, { fibers: 1, timers: 1, spans: 1, controllers: 1, urls: 1, finalizers: 1 })
    })
  )

  it.effect("without plugins: no fiber and no timer but those of the time limit of its attempt", () =>
    Effect.gen(function* () {
      const attempt = HttpClient.HttpClient.use((http) =>
        Effect.withFiber(({ context }) => send(http, request, Duration.seconds(10), context))
      )
      const wire = yield* Effect.andThen(attempt, count(attempt)).pipe(Effect.provide(atOnce))
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

  it.effect("with hooks that have ended when they begin: neither", () =>
    Effect.gen(function* () {
      const done = () => Effect.void
      const idle = Plugin.make({ name: "idle", before: done, onAttempt: done, onRetry: done, after: done })
      assert.deepStrictEqual(yield* costOf(idle), yield* costOf())
    })
  )

  it.effect("with a budget that has a turn at once: no fiber, and no timer", () =>
    Effect.gen(function* () {
      const cost = Effect.andThen(remove("04b6"), count(remove("04b6")))
      const config = PowerdrillConfig.layer({ apiKey: canary, requestsPerSecond: 1e9 })
      const counted = yield* Effect.provide(cost, Sessions.layer.pipe(Layer.provide([config, atOnce])))
      assert.deepStrictEqual(counted, yield* costOf())
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
