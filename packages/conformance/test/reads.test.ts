/**
 * Listing and finding over real sockets, against a server that knows what is there.
 */
import { PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { FetchHttpClient } from "effect/http"

const layer = Layer.unwrap(
  Effect.map(Emulator, ({ apiKey, baseUrl }) =>
    Sessions.layer.pipe(
      Layer.provide([FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl, requestsPerSecond: Infinity })])
    )
  )
)

const over = (options: Parameters<typeof Emulator.layerTest>[0]) =>
  Layer.provideMerge(layer, Emulator.layerTest(options))

const ids = Effect.map(
  Emulator.use(({ sessions }) => sessions),
  (sessions) => sessions.map(({ id }) => id)
)

describe("list", () => {
  for (const [count, maxPageSize] of [
    [0, Infinity],
    [7, Infinity],
    [100, Infinity],
    [230, Infinity],
    [230, 50],
    [35, 10],
    [3, 1]
  ] as const) {
    it.live(`gives all ${count} sessions, with pages of up to ${maxPageSize}`, () =>
      Effect.gen(function* () {
        const { userId } = yield* Emulator
        const sessions = yield* Sessions
        const listed = yield* Stream.runCollect(sessions.list({ userId }))
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          yield* ids
        )
      }).pipe(Effect.provide(over({ seedSessions: count, maxPageSize })))
    )
  }

  it.live("gives those of the user that have the text in their title", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const sessions = yield* Sessions
      const odd = "50% & “more” + #1?"
      yield* emulator.create({ sessionId: "a", title: `About ${odd}` })
      yield* emulator.create({ sessionId: "b", title: "About less" })
      yield* emulator.create({ sessionId: "c", title: odd, userId: "tmm-other=" })
      const [session, ...others] = yield* Stream.runCollect(
        sessions.list({ userId: emulator.userId, titleContains: odd })
      )
      assert.deepStrictEqual(others, [])
      assert.deepInclude(session, { id: "a", title: `About ${odd}`, userId: emulator.userId })
    }).pipe(Effect.provide(over({})))
  )

  it.live("passes none over while sessions are deleted and created between its pages", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const sessions = yield* Sessions
      const { userId } = emulator
      const before = yield* ids
      let shown = 0
      const listed = yield* sessions.list({ userId }).pipe(
        Stream.tap(({ id }) => {
          // The first of the first page goes and another comes: the total stays the same.
          if (++shown > 1) return Effect.void
          return Effect.andThen(sessions.delete({ sessionId: id, userId }), emulator.create({ sessionId: "late" }))
        }),
        Stream.runCollect
      )
      assert.sameMembers(
        listed.map(({ id }) => id),
        [...before, "late"]
      )
    }).pipe(Effect.provide(over({ seedSessions: 23, maxPageSize: 5 })))
  )

  it.live("does so under faults, or fails", () =>
    Effect.gen(function* () {
      const { userId } = yield* Emulator
      const sessions = yield* Sessions
      const listed = yield* Stream.runCollect(sessions.list({ userId }))
      assert.deepStrictEqual(
        listed.map(({ id }) => id),
        yield* ids
      )
      const error = yield* Effect.flip(Stream.runCollect(sessions.list({ userId }))).pipe(
        RetryPolicy.withPolicy(RetryPolicy.none)
      )
      assert.strictEqual(error.reason, "unreadable")
    }).pipe(
      Effect.provide(
        over({
          seedSessions: 12,
          maxPageSize: 5,
          faults: [
            { match: { on: "any", nth: 1 }, fault: { send: "reset-body" } },
            { match: { on: "any", nth: 3 }, fault: { answer: { code: 201 } } },
            { match: { on: "any", nth: 5 }, fault: { send: "half" } },
            { match: { on: "any", nth: 11 }, fault: { send: "half" } }
          ]
        })
      )
    )
  )
})

describe("find", () => {
  it.live("gives the session, none where there is none, and fails for another user's", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const sessions = yield* Sessions
      const { userId } = emulator
      yield* emulator.create({ sessionId: "a/b ü", title: "T" })
      yield* emulator.create({ sessionId: "c", userId: "tmm-other=" })
      const found = yield* sessions.find({ sessionId: "a/b ü", userId })
      assert.deepInclude(Option.getOrUndefined(found), { id: "a/b ü", title: "T", userId })
      assert.isTrue(Option.isNone(yield* sessions.find({ sessionId: "gone", userId })))
      const error = yield* Effect.flip(sessions.find({ sessionId: "c", userId }))
      assert.deepInclude({ ...error }, { reason: "forbidden", code: 300002, sessionId: "c" })
    }).pipe(Effect.provide(over({})))
  )
})
