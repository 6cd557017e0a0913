/** Deletes a session with the installed packages, as an Effect program. */
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"

const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, [FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl })])
  })
)

const program = Effect.gen(function* () {
  const emulator = yield* Emulator
  const sessions = yield* Sessions
  const session = yield* emulator.create()
  const { disposition } = yield* sessions.delete({ sessionId: session.id, userId: emulator.userId })
  return { disposition, held: yield* emulator.holds(session.id) }
})

const { disposition, held } = await Effect.runPromise(
  program.pipe(Effect.provide(Layer.provideMerge(layer, Emulator.layerTest())))
)
if (disposition !== "deleted" || held) throw new Error(`The session is ${disposition} and held is ${held}`)
