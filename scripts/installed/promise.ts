/** Deletes a session with the installed packages, with a promise. */
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { Effect, ManagedRuntime } from "effect"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
const session = await runtime.runPromise(emulator.create())

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId })
const { disposition } = await sessions.delete(session.id)
const held = await runtime.runPromise(emulator.holds(session.id))
if (disposition !== "deleted" || held) throw new Error(`The session is ${disposition} and held is ${held}`)
