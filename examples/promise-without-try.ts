// Under `try`, calls never reject: they resolve to `{ ok: true, receipt }` or `{ ok: false, error }`.
// Handy for many sessions at once: none of the others is lost when one fails.
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { Effect, ManagedRuntime } from "effect"
import assert from "node:assert/strict"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
await runtime.runPromise(emulator.create({ sessionId: "mine" }))
await runtime.runPromise(emulator.create({ sessionId: "somebody-else's", userId: "tmm-somebody-else" }))

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId })

for (const sessionId of ["mine", "somebody-else's", "never-created", ".."]) {
  const result = await sessions.try.delete(sessionId)
  console.log(
    `${sessionId}: ${result.ok ? result.receipt.disposition : `${result.error.outcome}, ${result.error._tag}`}`
  )
}

const held = await runtime.runPromise(emulator.sessions)
assert.deepEqual(
  held.map(({ id }) => id),
  ["somebody-else's"]
)
