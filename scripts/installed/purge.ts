/** Purges a plan with the installed packages, as an Effect program. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { LedgerFile, Purge, Selection } from "@powerdrill-sessions/purge"
import { Effect, FileSystem, Layer, Option, Stream } from "effect"
import { FetchHttpClient } from "effect/http"

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { apiKey, baseUrl, sessions, userId } = yield* Emulator
  const client = Layer.provide(Sessions.layer, [FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl })])
  const selection = yield* Effect.fromResult(Selection.make({ users: [userId], all: true }))
  const path = `${yield* fs.makeTempDirectoryScoped()}/plan.jsonl`
  return yield* Effect.gen(function* () {
    const plan = yield* Selection.plan(selection, path, { baseUrl })
    const ended = yield* Stream.runLast(Purge.run(plan)).pipe(Effect.provide(LedgerFile.layer(plan, "a check")))
    return { counts: Option.getOrThrow(ended).counts, held: yield* sessions }
  }).pipe(Effect.provide(client))
})

const { counts, held } = await Effect.runPromise(
  program.pipe(Effect.scoped, Effect.provide([Emulator.layerTest({ seedSessions: 3 }), NodeFileSystem.layer]))
)
if (counts.deleted !== 3 || held.length > 0) {
  throw new Error(`${counts.deleted} were deleted and ${held.length} are held`)
}
