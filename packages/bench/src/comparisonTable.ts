/**
 * Runs a program that compares on each runtime, against one server in a process of its own, and makes tables of it.
 */
import { Schema } from "effect"
import { fileURLToPath } from "node:url"
import { Views } from "./Comparison.ts"
import { names, outputOf, type Runtime, title, toTable } from "./runtimes.ts"
import { withServer } from "./withServer.ts"

interface Result {
  readonly runtime: string
  readonly views: typeof Views.Type
}

/** One runtime after the other. */
export const compareOn = (program: "calls.ts" | "plugins.ts") => () =>
  withServer(async (url) => {
    const results: Array<Result> = []
    for (const runtime of names) results.push(await runOn(runtime, program, url))
    const titles = results[0]?.views.map(({ title }) => title) ?? []
    return { results, tables: titles.flatMap((title) => [`### ${title}`, table(results, title)]).join("\n\n") }
  })

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const decodeViews = Schema.decodeSync(Schema.fromJsonString(Views))

const runOn = async (runtime: Runtime, program: string, url: string): Promise<Result> => {
  console.error(`${runtime} …`)
  return { runtime: await title(runtime), views: decodeViews(await outputOf(runtime, pathTo(program), url)) }
}

type Compared = Result["views"][number]["compared"][number]

const describe = ({ extraMicros, goal, ratio }: Compared): string => {
  const micros = Math.round(extraMicros.median)
  const missed = ratio.median < (goal ?? 0) ? " ✗" : ""
  return `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)}), ${micros < 0 ? "−" : "+"}${Math.abs(micros)} µs${goal === undefined ? "" : `, goal ${goal.toFixed(2)}${missed}`}`
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
  return toTable([[`beside ${first}`, ...results.map(({ runtime }) => runtime)], ...rows])
}
