// `npm run bench [-- NAME] [--write]`: runs the benchmarks, or the one of that name, on Node, Bun and Deno against one
// server in a process of its own. The figures go into node_modules/.cache/bench/NAME.json and, with --write, as tables into
// docs/benchmarks.md.
import { Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { Views } from "./Comparison.ts"

const benchmarks = ["plugins"]

const runtimes = {
  Node: ["node"],
  Bun: ["bun"],
  Deno: ["deno", "run", "--allow-all"]
}

interface Result {
  readonly runtime: string
  readonly views: typeof Views.Type
}

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const output = (program: string, ...args: ReadonlyArray<string>): string => {
  const { error, status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${status}.`)
  return stdout
}

const decodeViews = Schema.decodeSync(Schema.fromJsonString(Views))

const runOn = ([name, [program = "", ...args]]: [string, ReadonlyArray<string>], file: string, url: string): Result => {
  const version = output(program, "--version").match(/\d+\.\d+\.\d+/)?.[0]
  console.error(`${name} …`)
  return { runtime: `${name} ${version}`, views: decodeViews(output(program, ...args, file, url)) }
}

type Compared = Result["views"][number]["compared"][number]

const describe = ({ extraMicros, ratio }: Compared): string => {
  const micros = Math.round(extraMicros.median)
  return `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)}), ${micros < 0 ? "−" : "+"}${Math.abs(micros)} µs`
}

const table = (results: ReadonlyArray<Result>, title: string): string => {
  const columns = results.map(({ views }) => views.find((view) => view.title === title)?.compared ?? [])
  const [first, ...others] = columns[0]?.map(({ name }) => name) ?? []
  const rows = others.map((name) => [
    name,
    ...columns.map((compared) =>
      compared
        .filter((one) => one.name === name)
        .map(describe)
        .join()
    )
  ])
  const head = [`beside ${first}`, ...results.map(({ runtime }) => runtime)]
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? "of an unknown make"}), ${process.platform} ${process.arch}`

const toTables = (results: ReadonlyArray<Result>): string => {
  const titles = results[0]?.views.map(({ title }) => title) ?? []
  return [...titles.flatMap((title) => [`### ${title}`, table(results, title)]), `On ${machine}.`].join("\n\n")
}

const write = (name: string, tables: string) => {
  const document = pathTo("../../../docs/benchmarks.md")
  const text = readFileSync(document, "utf8")
  const place = new RegExp(`(?<=<!-- ${name} -->)[^]*(?=<!-- /${name} -->)`)
  writeFileSync(
    document,
    text.replace(place, () => `\n\n${tables}\n\n`)
  )
}

const options = process.argv.slice(2)
const named = options.filter((option) => !option.startsWith("--"))
const unknown = named.filter((name) => !benchmarks.includes(name))
if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}, only ${benchmarks.join(", ")}.`)

const server = spawn(process.execPath, [pathTo("server.ts")], { stdio: ["pipe", "pipe", "inherit"] })
const [line] = await once(server.stdout, "data")
for (const name of named.length === 0 ? benchmarks : named) {
  const results = Object.entries(runtimes).map((runtime) => runOn(runtime, pathTo(`${name}.ts`), String(line).trim()))
  const folder = pathTo("../../../node_modules/.cache/bench")
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${name}.json`, JSON.stringify({ machine, results }, undefined, 2))
  const tables = toTables(results)
  console.log(tables)
  if (options.includes("--write")) write(name, tables)
}
server.stdin.end()
