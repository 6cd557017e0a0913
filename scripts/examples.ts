/**
 * Runs every example on each runtime, with nobody at the keyboard: it must end by itself and well, and say what
 * `examples/expected` has on record. `--record` writes what Node says there instead.
 */
import { spawnSync } from "node:child_process"
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { basename } from "node:path"

const runtimes = [["node"], ["bun"], ["deno", "run", "--allow-all"]]

const recording = process.argv.includes("--record")

/** What differs from run to run, and from runtime to runtime. */
const mask = (output: string): string =>
  output
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>")
    .replaceAll(/\b[0-9a-f]{32}\b/g, "<trace id>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replaceAll(/Hello from \w+/g, "Hello from <runtime>")

const fails = ([program = "", ...args]: ReadonlyArray<string>): boolean => {
  const { error, status, stderr, stdout } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000
  })
  const record = `examples/expected/${basename(args.at(-1) ?? "")}.txt`
  const output = mask(stdout)
  if (recording) writeFileSync(record, output)
  const expected = readFileSync(record, "utf8")
  if (status === 0 && output === expected) return false
  const what = status === 0 ? `It says\n${output}\nbut ${record} has\n${expected}` : (error?.message ?? stdout + stderr)
  console.log(`✗ ${[program, ...args].join(" ")}\n${what}`)
  return true
}

const programs = globSync("examples/*.ts").flatMap((example) => runtimes.map((runtime) => [...runtime, example]))
const scripts = globSync("examples/*.sh").map((example) => ["sh", example])
const runs = [...programs, ...scripts].filter(([runtime]) => !recording || runtime === "node" || runtime === "sh")
const failures = runs.filter(fails)
console.log(`${runs.length} runs, ${failures.length} failed`)
process.exitCode = runs.length > 0 && failures.length === 0 ? 0 : 1
