/** Runs every example on each runtime, with nobody at the keyboard: it must end by itself and well. */
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"

const runtimes = [["node"], ["bun"], ["deno", "run", "--allow-all"]]

const fails = ([program = "", ...args]: ReadonlyArray<string>): boolean => {
  const { error, status, stderr, stdout } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000
  })
  if (status !== 0) console.log(`✗ ${[program, ...args].join(" ")}\n${error?.message ?? stdout + stderr}`)
  return status !== 0
}

const runs = globSync("examples/*.ts").flatMap((example) => runtimes.map((runtime) => [...runtime, example]))
const failures = runs.filter(fails)
console.log(`${runs.length} runs, ${failures.length} failed`)
process.exitCode = runs.length > 0 && failures.length === 0 ? 0 : 1
