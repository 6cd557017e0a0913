// Plugins of promises: a guard that asks somebody else, a list of what must stay, and an audit line for every ending.
// Nothing of Effect shows, except where this file starts the emulator that it talks to.
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions, definePlugin, protect, veto } from "@powerdrill-sessions/promise"
import { Effect, ManagedRuntime } from "effect"
import assert from "node:assert/strict"
import { setTimeout } from "node:timers/promises"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
const ids = ["chat-1", "chat-2", "chat-3", "legal-7"]
for (const sessionId of ids) await runtime.runPromise(emulator.create({ sessionId }))

const holds = definePlugin({
  name: "holds",
  timeout: "2 seconds",
  // In a real one, `fetch(…, { signal })`: it is stopped when nobody waits for it any more.
  async before({ sessionId }, { signal }) {
    await setTimeout(1, undefined, { signal })
    if (sessionId === "chat-2") veto("it is under a legal hold")
    if (sessionId === "chat-3") throw new Error("the list of holds does not answer")
  }
})

const audit = definePlugin({
  name: "audit",
  after({ _tag, attempts, call }) {
    console.log(`audit: ${call.sessionId} ${_tag}, attempts: ${attempts}`)
    // It changes nothing, and would be a line in the log: throw new Error("the disk is full")
  }
})

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId, plugins: [audit, protect([/^legal-/]), holds] })

for (const id of ids) {
  const result = await sessions.try.delete(id)
  console.log(result.ok ? `${id}: ${result.receipt.disposition}` : result.error.message)
  assert.equal(await runtime.runPromise(emulator.holds(id)), !result.ok)
}

// A guard under a misspelled name would guard nothing, so it is no plugin.
try {
  definePlugin(JSON.parse('{ "name": "typo", "befor": "nothing" }'))
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
