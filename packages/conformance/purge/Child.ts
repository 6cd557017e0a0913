/**
 * The program that is killed, as a child process on the runtime that runs the tests.
 */
import { Effect, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Setup, Told } from "./Setup.ts"

const file = fileURLToPath(new URL("./purge.ts", import.meta.url))

const command =
  "Deno" in globalThis ? ["run", "--allow-all", "--no-check", file] : "Bun" in globalThis ? [file] : ["--", file]

/** How a child ended: by itself, having said why its purge was over, or killed. */
export interface Ended {
  readonly reason: string | undefined
  /** The sessions that it said to be settled. */
  readonly settled: ReadonlyArray<string>
}

const encode = Schema.encodeSync(Schema.fromJsonString(Setup))
const decode = Schema.decodeSync(Schema.fromJsonString(Told))

/** Runs the program to its end, whatever that is; one that fails by itself is a defect. `during` is run once it has opened its plan. */
export const run = (setup: Setup, during?: (kill: () => void) => Effect.Effect<void>): Effect.Effect<Ended> =>
  Effect.callback((resume, signal) => {
    const child = spawn(process.execPath, [...command, encode(setup)], { env, stdio: ["ignore", "pipe", "pipe"] })
    const settled: Array<string> = []
    let reason: string | undefined
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    createInterface({ input: child.stdout }).on("line", (line) => {
      // The last one can have been cut off.
      if (!line.endsWith("}")) return
      const told = decode(line)
      if (told.told === "opened" && during !== undefined) {
        Effect.runFork(
          during(() => kill(child)),
          { signal }
        )
      }
      if (told.told === "settled") settled.push(told.sessionId)
      if (told.told === "ended") reason = told.reason
    })
    child.on("close", (code, signal) => {
      // A shell's number for it, where a runtime does not tell a signal from a code.
      const killed = signal === "SIGKILL" || code === 137
      resume(
        killed || (code === 0 && reason !== undefined)
          ? Effect.succeed({ reason: killed ? undefined : reason, settled })
          : Effect.die(new Error(`The program ended with ${code ?? signal}.\n${stderr}`))
      )
    })
    return Effect.sync(() => kill(child))
  })

const kill = ({ exitCode, pid, signalCode }: ChildProcess) => {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, "SIGKILL")
}

const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  // Where Node keeps what it has compiled: it starts in half the time.
  NODE_COMPILE_CACHE: join(tmpdir(), "powerdrill-sessions-compiled")
}
