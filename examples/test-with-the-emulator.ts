// Test code of your own against a real server, which can be told to fail and can be asked for the truth.
// With `@effect/vitest` each of these is the body of an `it.live`; here a few lines at the end run them.
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"

/** The code under test: forgets what a user said, and returns the ids that could not be deleted. */
const forget = Effect.fn("forget")(function* (userId: string, sessionIds: ReadonlyArray<string>) {
  const sessions = yield* Sessions
  const [, failed] = yield* Effect.partition(sessionIds, (sessionId) =>
    Effect.mapError(sessions.ensureDeleted({ sessionId, userId }), () => sessionId)
  )
  return failed
})

const tests = {
  "forgets every session": Effect.gen(function* () {
    const emulator = yield* Emulator
    const { id: first } = yield* emulator.create()
    const { id: second } = yield* emulator.create()
    assert.deepEqual(yield* forget(emulator.userId, [first, second]), [])
    assert.deepEqual(yield* emulator.sessions, [])
  }),

  "asks again when the server fails after it has deleted": Effect.gen(function* () {
    const emulator = yield* Emulator
    const { id } = yield* emulator.create()
    yield* emulator.answerNextDelete({ code: 9999, commit: true })
    assert.deepEqual(yield* forget(emulator.userId, [id]), [])
    assert.equal(yield* emulator.holds(id), false)
    assert.equal((yield* emulator.requests).length, 2)
  }),

  "returns the session of somebody else, which stays": Effect.gen(function* () {
    const emulator = yield* Emulator
    const { id } = yield* emulator.create({ userId: "tmm-somebody-else" })
    assert.deepEqual(yield* forget(emulator.userId, [id]), [id])
    assert.equal(yield* emulator.holds(id), true)
  })
}

/** The client under test, connected to the emulator. */
const connected = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, [FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl })])
  })
)

// An emulator for each test: no test sees what another has left.
const environment = connected.pipe(Layer.provideMerge(Emulator.layerTest()), Layer.fresh)

for (const [name, test] of Object.entries(tests)) {
  await Effect.runPromise(Effect.andThen(Effect.provide(test, environment), Console.log(`✓ ${name}`)))
}
