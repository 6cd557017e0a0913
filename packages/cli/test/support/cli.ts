/**
 * The program as a child process, on the runtime that runs the tests.
 */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export const canary = "canary-8f2e61c0d7"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

/** The command line that runs the program. */
export const command: readonly [string, ...Array<string>] =
  "Deno" in globalThis
    ? [process.execPath, "run", "--allow-all", bin]
    : "Bun" in globalThis
      ? [process.execPath, bin]
      : [process.execPath, "--", bin]

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What is on its standard input, which is then closed; `open` leaves it open. */
  readonly stdin?: string | Uint8Array
  /** Called once the child runs. */
  readonly during?: (child: ChildProcess) => void
}

/** Runs the program to its end, with nothing in its environment but what is given, and what lets it start. */
export const run = (args: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Ended> =>
  execute([...command, ...args], options)

/** Runs any command to its end. */
export const execute = ([program = "", ...args]: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const { HOME = "", NODE_COMPILE_CACHE = "", PATH = "" } = process.env
    const env = { PATH, HOME, NODE_COMPILE_CACHE, ...options.env }
    const child = spawn(program, args, { env, cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.stdin.on("error", () => {})
    if (options.stdin !== "open") child.stdin.end(options.stdin ?? "")
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    options.during?.(child)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Sends a signal. Deno's `child.kill` would report the signal as the child's end, whatever the child made of it. */
export const signal = (child: ChildProcess, name: "SIGINT" | "SIGTERM"): void => {
  if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, name)
}

/** The environment of a user of the server at `url`. */
export const environment = (baseUrl: string, apiKey: string = canary, userId: string = "tmm-1=") => ({
  POWERDRILL_BASE_URL: baseUrl,
  POWERDRILL_PROJECT_API_KEY: apiKey,
  POWERDRILL_USER_ID: userId
})

/** The objects of an NDJSON output, whatever is or is not in them. */
export const objects = (stdout: string): ReadonlyArray<Record<string, unknown>> =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line))
