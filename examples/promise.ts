// Delete with promises: a receipt when the session is gone, an error with a tag otherwise.
// Nothing of Effect shows, except where this file starts the emulator that it talks to.
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions, isSessionsError } from "@powerdrill-sessions/promise"
import { Effect, ManagedRuntime } from "effect"
import assert from "node:assert/strict"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
await runtime.runPromise(emulator.create({ sessionId: "chat-1" }))

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId })

const receipt = await sessions.delete("chat-1")
console.log(`${receipt.sessionId}: ${receipt.disposition}, attempts: ${receipt.attempts}`)
assert.equal(await runtime.runPromise(emulator.holds("chat-1")), false)

try {
  await sessions.delete("chat-1")
  assert.fail("A second delete finds nothing")
} catch (error) {
  if (!isSessionsError(error)) throw error
  switch (error._tag) {
    case "SessionNotFound":
      console.log(`chat-1: ${error.outcome} by this call, it was not there (code ${error.code})`)
      break
    case "RateLimited":
      console.log(`Too fast; again in ${error.retryAfterMillis ?? 1000} ms`)
      break
    default:
      throw error
  }
}

// When "it is gone" is all that counts, a session that was not there is no failure.
const { disposition } = await sessions.ensureDeleted("chat-1", { signal: AbortSignal.timeout(30_000) })
console.log(`chat-1: ${disposition}`)
