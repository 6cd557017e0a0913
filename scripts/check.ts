/** `npm run check`: everything that CI checks. `--without-tests` leaves the suites out. */
import { spawnSync } from "node:child_process"
import { runSuites } from "./suites.ts"
import { conclude, sum, type Tally } from "./tally.ts"

const checks: Record<string, ReadonlyArray<string>> = {
  types: ["tsc", "-b"],
  lint: ["oxlint"],
  "Effect diagnostics": ["effect-tsgo", "diagnostics", "--project", "tsconfig.json", "--strict", "--format", "text"],
  format: ["oxfmt", "--check"],
  "unused files, exports and dependencies": ["knip"],
  "a Node too old can say so": ["acorn", "--ecma2019", "--silent", "scripts/run.cjs"],
  "TypeScript in the documentation": ["node", "scripts/docs.ts"],
  "shell blocks in the documentation": ["node", "scripts/shell-blocks.ts"],
  "coverage of core": ["node", "node_modules/vitest/vitest.mjs", "run", "--pool=forks", "--coverage", "packages/core"],
  "mutants fit the sources": ["node", "scripts/mutants.ts", "--list"],
  examples: ["node", "scripts/examples.ts"],
  "published packages": ["node", "scripts/published.ts"]
}

const runCheck = ([name, [program = "", ...args]]: [string, ReadonlyArray<string>]): Tally => {
  const start = performance.now()
  const { error, status, stderr, stdout } = spawnSync(program, args, { encoding: "utf8" })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`)
  if (status === 0) return { passed: 1, failed: 0 }
  console.log(error?.message ?? stdout + stderr)
  return { passed: 0, failed: 1 }
}

const results = Object.entries(checks).map(runCheck)
if (!process.argv.includes("--without-tests")) results.push(runSuites())
conclude(sum(results))
