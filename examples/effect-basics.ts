// Delete one session in an Effect program, and read the receipt.
// `Sessions.layerFetch` takes its settings from the environment; here they come from an emulator instead.
import { Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Config, ConfigProvider, Console, Effect, Layer } from "effect"
import assert from "node:assert/strict"

const remove = Effect.fn("remove")(function* (sessionId: string) {
  const sessions = yield* Sessions
  const userId = yield* Config.String("POWERDRILL_USER_ID")
  const receipt = yield* sessions.delete({ sessionId, userId })
  yield* Console.log(`${sessionId} is gone: ${receipt.disposition}, attempts: ${receipt.attempts}`)
})

const program = Effect.gen(function* () {
  const emulator = yield* Emulator
  const session = yield* emulator.create({ sessionId: "chat-1" })
  yield* remove(session.id)
  assert.equal(yield* emulator.holds(session.id), false)

  // The same session again. Every error is in the type, and has a tag to catch it by.
  yield* remove(session.id).pipe(
    Effect.catchTags({
      SessionNotFound: ({ outcome, sessionId }) => Console.log(`${sessionId} was not found: ${outcome} by this call`),
      RateLimited: ({ retryAfterMillis = 1000 }) => Console.log(`Too fast; again in ${retryAfterMillis} ms`)
    })
  )
})

const environment = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl, userId } = yield* Emulator
    return ConfigProvider.layer(
      ConfigProvider.fromUnknown({
        POWERDRILL_PROJECT_API_KEY: apiKey,
        POWERDRILL_BASE_URL: baseUrl,
        POWERDRILL_USER_ID: userId
      })
    )
  })
)

const layer = Sessions.layerFetch.pipe(Layer.provideMerge(environment), Layer.provideMerge(Emulator.layerTest()))

await Effect.runPromise(Effect.provide(program, layer))
