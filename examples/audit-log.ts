// Keep a record of every delete that cannot be changed unnoticed, and read it back.
// The files come from `NodeFileSystem`, which works on Node, Bun and Deno.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { auditLog, verifyAuditLog } from "@powerdrill-sessions/core/plugins"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Effect, FileSystem, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const emulator = yield* Emulator
  const { userId } = emulator
  const path = `${yield* fs.makeTempDirectoryScoped()}/audit.jsonl`
  const { id } = yield* emulator.create({ sessionId: "chat-1" })

  yield* Effect.gen(function* () {
    const sessions = yield* Sessions
    yield* sessions.delete({ sessionId: id, userId })
    // It is gone; that nothing was deleted is on record, too.
    yield* Effect.ignore(sessions.delete({ sessionId: id, userId }))
  }).pipe(Plugin.with(auditLog({ path })))

  for (const line of (yield* fs.readFileString(path)).trim().split("\n")) {
    const { error, kind, outcome, seq, sessionId } = JSON.parse(line)
    yield* Console.log([seq, kind, sessionId, outcome, error].filter((field) => field !== undefined).join(" "))
  }

  const report = yield* verifyAuditLog(path)
  assert.equal(report._tag, "Intact")
  yield* Console.log(`${report.head.count} lines, and nobody has changed them`)

  // Somebody makes another story of it.
  const text = yield* fs.readFileString(path)
  yield* fs.writeFileString(path, text.replace(`"outcome":"Deleted"`, `"outcome":"Vetoed"`))
  const { kind, line } = yield* Effect.filterOrFail(
    verifyAuditLog(path, { expected: report.head }),
    (report) => report._tag === "Broken"
  )
  yield* Console.log(`Line ${line} is ${kind}`)
})

const connected = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, [FetchHttpClient.layer, PowerdrillConfig.layer({ apiKey, baseUrl })])
  })
)

const layer = connected.pipe(Layer.provideMerge(Emulator.layerTest()), Layer.provideMerge(NodeFileSystem.layer))

await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
