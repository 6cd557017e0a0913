/**
 * Deletes a session with the installed binary, once an installed plugin has refused it. The arguments are what runs the
 * binary; without them its first line decides.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, ManagedRuntime } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
const session = await runtime.runPromise(emulator.create())

/** Runs the binary to its end: its exit code. */
const erase = async (flags: ReadonlyArray<string>, env: Record<string, string>): Promise<unknown> => {
  const installed = "node_modules/.bin/powerdrill-sessions"
  const [program = installed, ...before] = process.argv.length > 2 ? [...process.argv.slice(2), installed] : []
  const binary = spawn(program, [...before, "delete", session.id, "--user-id", emulator.userId, "--yes", ...flags], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      POWERDRILL_BASE_URL: emulator.baseUrl,
      POWERDRILL_PROJECT_API_KEY: emulator.apiKey,
      ...env
    },
    stdio: "inherit"
  })
  const [status] = await once(binary, "exit")
  return status
}

const closed = { OFFICE_TIME_ZONE: "UTC", OFFICE_FROM: "0", OFFICE_TO: "0" }
const vetoed = await erase(["--plugin", "powerdrill-sessions-office-hours"], closed)
if (vetoed !== 5 || !(await runtime.runPromise(emulator.holds(session.id)))) {
  throw new Error(`With the plugin, the binary ended with ${vetoed}`)
}

const status = await erase([], {})
const held = await runtime.runPromise(emulator.holds(session.id))
if (status !== 0 || held) throw new Error(`The binary ended with ${status} and held is ${held}`)
