/**
 * Measures how soon the command line has done its work: whole processes, from their start to their exit, on each runtime.
 * It is packed and installed as users have it.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Median, toMedian } from "./Comparison.ts"
import { names, type Runtime, runtimes, title, toTable } from "./runtimes.ts"
import { withServer } from "./withServer.ts"

interface Contender {
  readonly name: string
  /** What it may take at most on Node, as a multiple of doing nothing. */
  readonly goal?: number
  readonly command: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Builds, packs and installs; the path of the installed program. */
const install = (folder: string): string => {
  const root = pathTo("../../..")
  const run = (cwd: string, program: string, ...args: ReadonlyArray<string>) =>
    execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  run(root, "node", "scripts/build.ts")
  const cli = join(root, "packages/cli")
  const { filename } = JSON.parse(run(cli, "npx", "--yes", "pnpm@12", "pack", "--json", "--pack-destination", folder))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
  run(folder, "npm", "install", "--no-audit", "--no-fund", filename)
  return join(folder, "node_modules/@powerdrill-sessions/cli/dist/bundle/bin.cjs")
}

const nothing: Record<Runtime, ReadonlyArray<string>> = {
  Node: ["node", "-e", "0"],
  Bun: ["bun", "-e", "0"],
  Deno: ["deno", "eval", "0"]
}

const contendersOn = (runtime: Runtime, cli: string, url: string): ReadonlyArray<Contender> => {
  const command = [...runtimes[runtime], cli]
  const erase = [...command, "delete", "x", "--yes"]
  return [
    { name: "nothing", command: nothing[runtime] },
    { name: "the script", command: [...runtimes[runtime], pathTo("byHand.mjs"), "x"] },
    { name: "`delete x --yes`", goal: 2.5, command: erase },
    { name: "`--version`", goal: 2.5, command: [...command, "--version"] },
    { name: "`--help`", goal: 2.5, command: [...command, "--help"] },
    ...(runtime === "Node"
      ? [{ name: "`delete x --yes`, nothing kept", command: erase, env: { NODE_DISABLE_COMPILE_CACHE: "1" } }]
      : []),
    ...(spawnSync("curl", ["--version"]).status === 0
      ? [{ name: "`curl`", command: ["curl", "--silent", "--request", "DELETE", `${url}/v1/team/sessions/x?userId=u`] }]
      : [])
  ]
}

/** How long it takes, in milliseconds. */
const time = ({ command: [program = "", ...args], env, name }: Contender, shared: NodeJS.ProcessEnv): number => {
  const start = performance.now()
  const { status, stderr } = spawnSync(program, args, { env: { ...shared, ...env }, encoding: "utf8" })
  if (status !== 0) throw new Error(`${name} ended with ${status}. ${stderr}`)
  return performance.now() - start
}

const warmUps = 3

/** They take turns, and every time is compared with the first one's of the same round. */
const compare = (contenders: ReadonlyArray<Contender>, env: NodeJS.ProcessEnv, rounds: number) => {
  const times: ReadonlyArray<Array<number>> = contenders.map(() => [])
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + warmUps) % contenders.length
      const contender = contenders[index]
      if (contender === undefined) continue
      const millis = time(contender, env)
      if (round >= 0) times[index]?.push(millis)
    }
  }
  const [first = [], script = []] = times
  return contenders.map(({ goal, name }, index) => {
    const own = times[index] ?? []
    const beside = (others: ReadonlyArray<number>) =>
      toMedian(own.map((millis, round) => millis / (others[round] ?? NaN)))
    return { name, goal, millis: toMedian(own), ratio: beside(first), toScript: beside(script) }
  })
}

const inTimes = ({ lower, median, upper }: typeof Median.Type): string =>
  `${median.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`

export const measureStart = async (rounds: number) => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-start-"))
  const cli = install(folder)
  const results = await withServer((url) => measure(rounds, folder, cli, url))
  rmSync(folder, { recursive: true })

  const all = results[0]?.compared ?? []
  const row = (
    what: string,
    goal: string,
    cell: (one: (typeof all)[number]) => string,
    wanted: string
  ): ReadonlyArray<string> => [
    what,
    goal,
    ...results.map(
      ({ compared }) =>
        compared
          .filter(({ name }) => name === wanted)
          .map(cell)
          .join() || "–"
    )
  ]
  const goalOf = (goal: number | undefined) => (goal === undefined ? "" : `≤ ${goal.toFixed(2)}`)
  const tables = toTable([
    ["", "goal on Node", ...results.map(({ runtime }) => runtime)],
    row("nothing, in milliseconds", "", ({ millis }) => Math.round(millis.median).toString(), "nothing"),
    ...all
      .slice(1)
      .map(({ goal, name }) => row(`${name}, × nothing`, goalOf(goal), ({ ratio }) => inTimes(ratio), name)),
    row("`delete x --yes`, × the script", "≤ 1.00", ({ toScript }) => inTimes(toScript), "`delete x --yes`")
  ])
  return { results, tables }
}

const measure = async (rounds: number, home: string, cli: string, url: string) => {
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    POWERDRILL_BASE_URL: url,
    POWERDRILL_PROJECT_API_KEY: "key",
    POWERDRILL_USER_ID: "u"
  }
  const results: Array<{ readonly runtime: string; readonly compared: ReturnType<typeof compare> }> = []
  for (const name of names) {
    console.error(`${name} …`)
    results.push({ runtime: await title(name), compared: compare(contendersOn(name, cli, url), env, rounds) })
  }
  return results
}
