// The same script on Node, Bun and Deno: no build step, no flags for one of them, the runtime's own fetch.
// `node examples/three-runtimes.ts`, `bun examples/three-runtimes.ts`, `deno run -A examples/three-runtimes.ts`
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { Effect, ManagedRuntime } from "effect"
import assert from "node:assert/strict"

const name = "Bun" in globalThis ? "Bun" : "Deno" in globalThis ? "Deno" : "Node"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
await runtime.runPromise(emulator.create({ sessionId: "chat-1" }))

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId })
const { disposition } = await sessions.delete("chat-1")
assert.equal(await runtime.runPromise(emulator.holds("chat-1")), false)
console.log(`Hello from ${name}. chat-1: ${disposition}`)
