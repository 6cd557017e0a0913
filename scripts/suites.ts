/**
 * Runs the suites on Node, Bun and Deno, one after the other, and counts their tests.
 *
 * A runtime that could not run is a failure, never a skip.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sum, type Tally } from "./tally.ts"

const vitest = "node_modules/vitest/vitest.mjs"

// Bun has threads only, Deno processes only.
const runtimes = {
  Node: ["node", vitest, "run", "--pool=forks"],
  Bun: ["bun", "--bun", vitest, "run", "--pool=threads"],
  Deno: ["deno", "run", "--allow-all", vitest, "run", "--pool=forks"]
}

/** `options` go to vitest. */
export const runSuites = (options: ReadonlyArray<string> = []): Tally => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-test-"))
  const results = Object.entries(runtimes).map(([runtime, command]) => {
    console.log(`\n${runtime}`)
    return { runtime, ...runSuite([...command, ...options], join(folder, `${runtime}.json`)) }
  })
  rmSync(folder, { recursive: true })

  console.log("")
  for (const { failed, passed, runtime, skipped } of results) {
    console.log(`${runtime}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  }
  return sum(results)
}

interface Counts extends Tally {
  readonly skipped: number
}

const runSuite = ([program = "", ...args]: ReadonlyArray<string>, file: string): Counts => {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`]
  const { error, status } = spawnSync(program, [...args, ...reporters], { stdio: "inherit" })
  if (error !== undefined) console.error(error.message)
  const counts = existsSync(file)
    ? toCounts(JSON.parse(readFileSync(file, "utf8")))
    : { passed: 0, failed: 0, skipped: 0 }
  // A file that does not load and an error outside of every test fail the run, but are nobody's failed test.
  const failed = status !== 0 || counts.passed === 0
  return failed ? { ...counts, failed: Math.max(1, counts.failed) } : counts
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

const toCounts = (report: Report): Counts => ({
  passed: report.numPassedTests,
  failed: report.numFailedTests,
  skipped: report.numPendingTests + report.numTodoTests
})
