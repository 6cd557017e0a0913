/**
 * `npm run mutants`: breaks core in small ways, one at a time, and runs its tests against each. They must notice every
 * mutant but those that are judged. `--list` only checks that each still fits the sources, which takes no time.
 *
 * The working tree is not touched: every worker has a copy of its own.
 */
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { groups, type Group, type Mutant } from "./mutants-of-core.ts"
import { conclude } from "./tally.ts"

const workers = 2
const core = "packages/core"
const vitest = resolve("node_modules/vitest/vitest.mjs")
/** A mutant that makes the tests run on for longer than this, in milliseconds, is noticed by that. */
const patience = 90_000

interface Work {
  readonly group: Group
  readonly mutant: Mutant
}

const all = groups.flatMap((group) => group.mutants.map((mutant): Work => ({ group, mutant })))

/** The source with the mutant in it; fails where its text is not there exactly once. */
const mutate = ({ group: { file }, mutant: [text, replacement] }: Work): string => {
  const [before, after, ...more] = readFileSync(join(core, "src", file), "utf8").split(text)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file}: ${JSON.stringify(text)} is not in it exactly once.`)
  }
  return before + replacement + after
}

const copyWorkspace = (workspace: string): void => {
  for (const path of ["package.json", "vitest.config.ts"]) cpSync(path, join(workspace, path))
  for (const path of ["package.json", "src", "test"]) {
    cpSync(join(core, path), join(workspace, core, path), { recursive: true })
  }
  link("node_modules", workspace)
  link(join(core, "node_modules"), workspace)
  const itself = join(workspace, "node_modules/@powerdrill-sessions/core")
  mkdirSync(dirname(itself))
  symlinkSync(join(workspace, core), itself, "dir")
}

/** Everything that is installed, but not the workspace's own packages. */
const link = (modules: string, workspace: string): void => {
  mkdirSync(join(workspace, modules))
  for (const name of readdirSync(modules)) {
    if (name.startsWith(".") || name === "@powerdrill-sessions") continue
    symlinkSync(resolve(modules, name), join(workspace, modules, name))
  }
}

/** Whether the tests fail, of the files with that in their path, or of all of them. */
const notices = async (workspace: string, tests: ReadonlyArray<string>): Promise<boolean> => {
  const options = ["--pool=forks", "--no-isolate", "--maxWorkers=1", "--bail=1", "--reporter=dot"]
  const child = spawn(process.execPath, [vitest, "run", ...options, ...tests.map((name) => `/${name}.test.ts`)], {
    cwd: workspace,
    stdio: "ignore",
    timeout: patience
  })
  const status = await new Promise((done) => child.on("close", done))
  return status !== 0
}

const describe = ({ group: { file }, mutant: [text, replacement] }: Work): string =>
  `${file}: ${JSON.stringify(text)} → ${JSON.stringify(replacement)}`

/** Whether it ended as it should: noticed, or judged. */
const run = async (workspace: string, work: Work): Promise<boolean> => {
  const { group, mutant } = work
  const [, , judged] = mutant
  const path = join(workspace, core, "src", group.file)
  writeFileSync(path, mutate(work))
  const noticed = (await notices(workspace, group.tests)) || (await notices(workspace, []))
  cpSync(join(core, "src", group.file), path)
  const killed = noticed ? "killed" : "survived"
  if (judged === undefined) console.log(`${noticed ? "✓" : "✗"} ${killed}  ${describe(work)}`)
  else console.log(`${noticed ? "✗" : "✓"} ${killed}, judged  ${describe(work)}\n    ${judged}`)
  return noticed === (judged === undefined)
}

const workThrough = async (workspace: string, queue: Array<Work>): Promise<ReadonlyArray<boolean>> => {
  copyWorkspace(workspace)
  // Tests that fail anyway would seem to notice everything.
  if (await notices(workspace, [])) throw new Error("The tests of core fail without any mutant.")
  const results: Array<boolean> = []
  for (let work = queue.shift(); work !== undefined; work = queue.shift()) results.push(await run(workspace, work))
  return results
}

const runAll = async (queue: Array<Work>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-mutants-"))
  try {
    const workspaces = Array.from({ length: workers }, (_, index) => join(folder, `${index}`))
    const results = (await Promise.all(workspaces.map((workspace) => workThrough(workspace, queue)))).flat()
    const passed = results.filter((ok) => ok).length
    conclude({ passed, failed: results.length - passed })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

all.forEach(mutate)
const judged = all.filter(({ mutant: [, , reason] }) => reason !== undefined).length
console.log(`${all.length} mutants of ${groups.length} files, ${judged} of them judged`)
const [option = ""] = process.argv.slice(2)
if (option !== "--list") await runAll(all.filter(({ group }) => group.file.includes(option)))
