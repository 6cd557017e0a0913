/** Deletes a session with the installed binary. */
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, ManagedRuntime } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
const session = await runtime.runPromise(emulator.create())

const binary = spawn(
  "node_modules/.bin/powerdrill-sessions",
  ["delete", session.id, "--user-id", emulator.userId, "--yes"],
  {
    env: {
      PATH: process.env["PATH"],
      POWERDRILL_BASE_URL: emulator.baseUrl,
      POWERDRILL_PROJECT_API_KEY: emulator.apiKey
    },
    stdio: "inherit"
  }
)
const [status] = await once(binary, "exit")
const held = await runtime.runPromise(emulator.holds(session.id))
if (status !== 0 || held) throw new Error(`The binary ended with ${status} and held is ${held}`)
