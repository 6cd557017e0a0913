// `npm run bench [-- NAME] [--write]`: runs the benchmarks, or the one of that name, on Node, Bun and Deno. For `memory` and
// `purge`, `--quick` takes a tenth of the sessions, and `--on=Deno` measures one runtime anew; for `limit` and
// `start` it takes fewer rounds. The figures go into node_modules/.cache/bench/NAME.json and, with --write, as tables into
// docs/benchmarks.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { compareOn } from "./comparisonTable.ts"
import type { Step } from "./Footprint.ts"
import { measureLimit } from "./limitTable.ts"
import { measureMemory } from "./memoryTable.ts"
import { measureProfile } from "./profileTable.ts"
import { machine, names } from "./runtimes.ts"
import { measureStart } from "./startTable.ts"

const options = process.argv.slice(2)

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const folder = pathTo("../../../node_modules/.cache/bench")

const memoryOf = (name: string, steps: ReadonlyArray<Step>) => () => {
  const only = names.find((name) => options.includes(`--on=${name}`))
  const last: unknown = only === undefined ? undefined : JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"))
  return measureMemory(steps, options.includes("--quick") ? [5_000, 100_000] : [50_000, 1_000_000], only, last)
}

const benchmarks: Record<string, () => Promise<{ readonly results: unknown; readonly tables: string }>> = {
  calls: compareOn("calls.ts"),
  profile: measureProfile,
  plugins: compareOn("plugins.ts"),
  limit: () => measureLimit(options.includes("--quick") ? 1 : 5),
  start: () => measureStart(options.includes("--quick") ? 7 : 25),
  memory: memoryOf("memory", ["calls"]),
  purge: memoryOf("purge", ["write", "purge"])
}

const write = (name: string, tables: string) => {
  const document = pathTo("../../../docs/benchmarks.md")
  const text = readFileSync(document, "utf8")
  const place = new RegExp(`(?<=<!-- ${name} -->)[^]*(?=<!-- /${name} -->)`)
  if (!place.test(text)) throw new Error(`docs/benchmarks.md has no place for ${name}.`)
  writeFileSync(
    document,
    text.replace(place, () => `\n\n${tables}\n\n`)
  )
}

const named = options.filter((option) => !option.startsWith("--"))
const unknown = named.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  throw new Error(`There is no benchmark ${unknown.join(", ")}, only ${Object.keys(benchmarks).join(", ")}.`)
}

for (const [name, run] of Object.entries(benchmarks)) {
  if (named.length > 0 && !named.includes(name)) continue
  const { results, tables } = await run()
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${name}.json`, JSON.stringify({ machine, results }, undefined, 2))
  const text = `${tables}\n\nOn ${machine}.`
  console.log(text)
  if (options.includes("--write")) write(name, text)
}
