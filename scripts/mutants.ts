/**
 * `npm run mutants`: breaks core, purge and undici in small ways, one at a time, and runs their tests against each. They must notice every
 * mutant but those that are judged. `--list` only checks that each still fits the sources, which takes no time.
 *
 * The working tree is not touched: every worker has a copy of its own.
 */
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { groups as core, type Group, type Mutant } from "./mutants-of-core.ts"
import { groups as purge } from "./mutants-of-purge.ts"
import { groups as undici } from "./mutants-of-undici.ts"
import { conclude } from "./tally.ts"

const broken = { core, purge, undici }
const folders = Object.keys(broken).map((name) => `packages/${name}`)
const workers = 2
const vitest = resolve("node_modules/vitest/vitest.mjs")
/** A mutant that makes the tests run on for longer than this, in milliseconds, is noticed by that. */
const patience = 240_000

interface Work {
  /** The package that is broken. */
  readonly name: string
  readonly group: Group
  readonly mutant: Mutant
}

const all = Object.entries(broken).flatMap(([name, groups]) =>
  groups.flatMap((group) => group.mutants.map((mutant): Work => ({ name, group, mutant })))
)

const pathOf = ({ group: { file }, name }: Work): string => join("packages", name, "src", file)

/** The source with the mutant in it; fails where its text is not there exactly once. */
const mutate = (work: Work): string => {
  const [text, replacement] = work.mutant
  const [before, after, ...more] = readFileSync(pathOf(work), "utf8").split(text)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${pathOf(work)}: ${JSON.stringify(text)} is not in it exactly once.`)
  }
  return before + replacement + after
}

/** A workspace of the packages, each of which has the others' copies. */
const copyWorkspace = (workspace: string): void => {
  for (const path of ["package.json", "vitest.config.ts"]) cpSync(path, join(workspace, path))
  for (const folder of folders) {
    for (const path of ["package.json", "src", "test"]) {
      cpSync(join(folder, path), join(workspace, folder, path), { recursive: true })
    }
  }
  for (const folder of ["", ...folders]) {
    link(join(folder, "node_modules"), workspace)
    const own = join(workspace, folder, "node_modules/@powerdrill-sessions")
    mkdirSync(own)
    for (const name of Object.keys(broken)) symlinkSync(join(workspace, "packages", name), join(own, name), "dir")
  }
}

/** Everything that is installed, but not the workspace's own packages. */
const link = (modules: string, workspace: string): void => {
  mkdirSync(join(workspace, modules))
  for (const name of readdirSync(modules)) {
    if (name.startsWith(".") || name === "@powerdrill-sessions") continue
    symlinkSync(resolve(modules, name), join(workspace, modules, name))
  }
}

/** Whether the tests of a package fail: of these files, or of all of them. */
const notices = async (workspace: string, name: string, tests?: ReadonlyArray<string>): Promise<boolean> => {
  const options = ["--pool=forks", "--no-isolate", "--maxWorkers=1", "--bail=1", "--reporter=dot"]
  const folder = `packages/${name}/test/`
  const files = tests === undefined ? [folder] : tests.map((test) => `${folder}${test}.test.ts`)
  const child = spawn(process.execPath, [vitest, "run", ...options, ...files], {
    cwd: workspace,
    stdio: "ignore",
    timeout: patience
  })
  const status = await new Promise((done) => child.on("close", done))
  return status !== 0
}

const describe = (work: Work): string => {
  const [text, replacement] = work.mutant
  return `${pathOf(work)}: ${JSON.stringify(text)} → ${JSON.stringify(replacement)}`
}

/** Whether it ended as it should: noticed, or judged. */
const run = async (workspace: string, work: Work): Promise<boolean> => {
  const { group, mutant, name } = work
  const [, , judged] = mutant
  const path = join(workspace, pathOf(work))
  writeFileSync(path, mutate(work))
  const noticed = (await notices(workspace, name, group.tests)) || (await notices(workspace, name))
  cpSync(pathOf(work), path)
  const killed = noticed ? "killed" : "survived"
  if (judged === undefined) console.log(`${noticed ? "✓" : "✗"} ${killed}  ${describe(work)}`)
  else console.log(`${noticed ? "✗" : "✓"} ${killed}, judged  ${describe(work)}\n    ${judged}`)
  return noticed === (judged === undefined)
}

const workThrough = async (workspace: string, queue: Array<Work>): Promise<ReadonlyArray<boolean>> => {
  copyWorkspace(workspace)
  // Tests that fail anyway would seem to notice everything.
  for (const name of new Set(queue.map((work) => work.name))) {
    if (await notices(workspace, name)) throw new Error(`The tests of ${name} fail without any mutant.`)
  }
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
console.log(`${all.length} mutants of ${Object.values(broken).flat().length} files, ${judged} of them judged`)
const [option = ""] = process.argv.slice(2)
if (option !== "--list") await runAll(all.filter((work) => pathOf(work).includes(option)))
