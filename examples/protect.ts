// Sessions that must never be deleted: a list in the program, and one in a file that somebody else keeps.
// The file is read before each call, so that a legal hold counts from the moment that it is written down.
import { NodeServices } from "@effect/platform-node"
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { protect, protectFile } from "@powerdrill-sessions/core/plugins"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Effect, FileSystem, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"

/** Tells it without the name of the folder, which is another one each time. */
const tell = (text: string) => Console.log(text.replace(/"[^"]*(?=holds\.txt")/, '"'))

const remove = Effect.fn("remove")(function* (sessionId: string) {
  const sessions = yield* Sessions
  const { userId } = yield* Emulator
  yield* sessions.delete({ sessionId, userId }).pipe(
    Effect.matchEffect({
      onSuccess: ({ disposition }) => Console.log(`${sessionId}: ${disposition}`),
      onFailure: ({ message }) => tell(message)
    })
  )
})

const program = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const emulator = yield* Emulator
  for (const sessionId of ["chat-1", "chat-2", "chat-3", "acme-1"]) yield* emulator.create({ sessionId })

  const list = `${yield* files.makeTempDirectoryScoped()}/holds.txt`

  // Rules are exact ids and regular expressions, with a reason or without.
  const ours = protect(["chat-1", { pattern: /^acme-/, because: "their contract" }], { name: "ours" })
  yield* files.writeFileString(list, "# Kept by the legal department.\nchat-2  # legal hold 4711\n")

  yield* Effect.gen(function* () {
    for (const sessionId of ["chat-1", "acme-1", "chat-2", "chat-3"]) yield* remove(sessionId)

    // The hold ends, and another begins, while the program runs.
    yield* files.writeFileString(list, "# Kept by the legal department.\nacme-1\n")
    yield* remove("chat-2")

    // A line that cannot be understood: nothing is deleted until it is mended.
    yield* files.writeFileString(list, "chat-1 legal hold 4712\n")
    yield* emulator.create({ sessionId: "chat-4" })
    yield* remove("chat-4")
  }).pipe(Plugin.with(ours), Plugin.with(protectFile(list, { name: "holds" })))

  for (const kept of ["chat-1", "acme-1", "chat-4"]) assert.equal(yield* emulator.holds(kept), true)

  // A program does not even start with such a list.
  const { message } = yield* Effect.flip(protectFile(list))
  yield* tell(message)
})

const connected = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, [FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl })])
  })
)

await Effect.runPromise(
  program.pipe(Effect.scoped, Effect.provide([Layer.provideMerge(connected, Emulator.layerTest()), NodeServices.layer]))
)
