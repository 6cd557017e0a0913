/**
 * Measures the memory that steps take on each runtime, and makes a table of it. Each row's figures are of processes of
 * their own.
 */
import { Schema } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Footprint, Step } from "./Footprint.ts"
import { names, outputOf, type Runtime, title, toTable } from "./runtimes.ts"

const Measured = Schema.Struct({ ...Footprint.fields, step: Step, sessions: Schema.Int })

const decodeResults = Schema.decodeUnknownSync(
  Schema.Struct({
    results: Schema.Array(Schema.Struct({ runtime: Schema.String, footprints: Schema.Array(Measured) }))
  })
)

const file = fileURLToPath(new URL("memory.ts", import.meta.url))
const words: Record<Step, string> = {
  calls: "calls through a stream",
  write: "writing the plan",
  purge: "loading and purging it"
}
const decode = Schema.decodeSync(Schema.fromJsonString(Footprint))

/**
 * The runtimes at the same time: how long it takes is not what is measured. Those that are left out keep the figures of
 * the last time.
 */
export const measureMemory = async (
  steps: ReadonlyArray<Step>,
  sizes: readonly [small: number, large: number],
  only: Runtime | undefined,
  last: unknown
) => {
  const known = only === undefined ? [] : decodeResults(last).results
  const results = await Promise.all(
    names.map(async (name) => {
      const runtime = await title(name)
      const kept = known.find((result) => result.runtime === runtime)
      return name !== only && kept !== undefined ? kept : { runtime, footprints: await measureOn(name, steps, sizes) }
    })
  )
  const [small, large] = sizes
  const rows = results.flatMap(({ footprints, runtime }) =>
    steps.flatMap((step) => {
      const own = sizes.map((sessions) => footprints.find((one) => one.step === step && one.sessions === sessions))
      const peaks = toRow(
        runtime,
        words[step],
        own.map((footprint) => footprint?.peak)
      )
      const alive = own.map((footprint) => footprint?.alive)
      return alive.includes(undefined) ? [peaks] : [peaks, toRow(runtime, `${words[step]}, the heap at the end`, alive)]
    })
  )
  const counts = [small, large].map((sessions) => `${sessions.toLocaleString("en")} sessions`)
  return { results, tables: toTable([["", "", ...counts, "ratio"], ...rows]) }
}

const toRow = (runtime: string, name: string, [less = NaN, more = NaN]: ReadonlyArray<number | undefined>) => [
  runtime,
  name,
  megabytes(less),
  megabytes(more),
  `**${(more / less).toFixed(2)}**`
]

const measureOn = async (runtime: Runtime, steps: ReadonlyArray<Step>, sizes: ReadonlyArray<number>) => {
  const footprints: Array<typeof Measured.Type> = []
  for (const sessions of sizes) {
    const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-memory-"))
    for (const step of steps) {
      const footprint = decode(await outputOf(runtime, file, step, String(sessions), folder))
      console.error(`${runtime}, ${step}, ${sessions}: ${JSON.stringify(footprint)}`)
      footprints.push({ step, sessions, ...footprint })
    }
    rmSync(folder, { recursive: true })
  }
  return footprints
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`
