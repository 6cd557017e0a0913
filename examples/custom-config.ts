// Take the key from a place of your own, such as a secret store, in place of the environment.
// A layer that makes `PowerdrillConfig` may need services and may fail; both show in its type.
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Context, Duration, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"

class SecretStore extends Context.Service<
  SecretStore,
  { readonly read: (name: string) => Effect.Effect<Redacted.Redacted> }
>()("@powerdrill-sessions/examples/custom-config/SecretStore") {
  /** A store that holds the emulator's key; yours asks a real one. */
  static readonly layer = Layer.effect(
    SecretStore,
    Effect.map(Emulator, ({ apiKey }) => ({
      read: (name) => Effect.succeed(Redacted.make(name === "powerdrill/project-api-key" ? apiKey : ""))
    }))
  )
}

const configLayer = Layer.unwrap(
  Effect.gen(function* () {
    const secrets = yield* SecretStore
    const { baseUrl } = yield* Emulator
    return PowerdrillConfig.layer({
      apiKey: yield* secrets.read("powerdrill/project-api-key"),
      baseUrl,
      attemptTimeout: "5 seconds",
      deadline: "30 seconds"
    })
  })
)

const sessionsLayer = Sessions.layer.pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(configLayer),
  Layer.provide(SecretStore.layer)
)

const program = Effect.gen(function* () {
  const emulator = yield* Emulator
  const sessions = yield* Sessions
  const { apiKey, attemptTimeout, deadline } = yield* PowerdrillConfig
  yield* Console.log("An attempt may take", Duration.format(attemptTimeout), "and a call", Duration.format(deadline))
  yield* Console.log("The key shows as", apiKey)

  const session = yield* emulator.create({ sessionId: "chat-1" })
  const { disposition } = yield* sessions.delete({ sessionId: session.id, userId: emulator.userId })
  yield* Console.log(`${session.id}: ${disposition}`)
  assert.equal(yield* emulator.holds(session.id), false)

  // A setting that cannot be used is told before anything is sent, with what to write instead.
  const layer = PowerdrillConfig.layer({ apiKey: "key", baseUrl: "https://ai.data.cloud/api/v1/team" })
  const { message } = yield* Effect.flip(Effect.provide(PowerdrillConfig, layer))
  yield* Console.log(message)
})

await Effect.runPromise(program.pipe(Effect.provide(Layer.provideMerge(sessionsLayer, Emulator.layerTest()))))
