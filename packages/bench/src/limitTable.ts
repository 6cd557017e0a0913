/**
 * Measures how far each way to keep under a limit gets, and makes tables of it.
 */
import { Schema } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Drained } from "./Drained.ts"
import { Measured } from "./Measured.ts"
import { ours } from "./ours.ts"
import { names, outputOf, title, toTable } from "./runtimes.ts"
import { type Goal, isReached, type Scenario, scenarios, toMedians, toWorst } from "./Scenario.ts"
import { Kind } from "./Team.ts"

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const decode = Schema.decodeSync(Schema.fromJsonString(Schema.Array(Measured)))

/** Simulated time is the same on every runtime, so it is run on one; over HTTP on each. */
export const measureLimit = async (runs: number) => {
  const simulated = decode(await outputOf("Node", pathTo("limit.ts"), "simulated", String(runs)))
  const server = spawn(process.execPath, [pathTo("limitServer.ts")], { stdio: ["pipe", "pipe", "inherit"] })
  const [line] = await once(server.stdout, "data")
  const real: Array<{ readonly runtime: string; readonly measured: ReadonlyArray<Measured> }> = []
  for (const name of names) {
    console.error(`${name}, over HTTP …`)
    const measured = decode(await outputOf(name, pathTo("limit.ts"), "real", `${String(line).trim()}`))
    real.push({ runtime: await title(name), measured })
  }
  server.stdin.end()
  const tables = [
    ...scenarios.flatMap((scenario) => [`### ${scenario.title}`, toScenarioTable(scenario, simulated, runs)]),
    "### Beside each",
    besideEach(simulated),
    "### Over HTTP",
    toTable([
      ["", "", ...Kind.literals],
      ...real.flatMap(({ measured, runtime }) =>
        contendersOf(measured).map((contender) => [
          runtime,
          contender,
          ...Kind.literals.map((kind) => describe(["steady", "refused"], medianOf(measured, contender, kind)))
        ])
      )
    ])
  ]
  return { results: { simulated, real }, tables: tables.join("\n\n") }
}

const contendersOf = (measured: ReadonlyArray<Measured>) => [...new Set(measured.map(({ contender }) => contender))]

const runsOf = (measured: ReadonlyArray<Measured>, contender: string, kind: Kind) =>
  measured.find((one) => one.contender === contender && one.kind === kind)?.drained ?? []

const medianOf = (measured: ReadonlyArray<Measured>, contender: string, kind: Kind) =>
  toMedians(runsOf(measured, contender, kind))

const words: Record<keyof Drained, string> = {
  efficiency: "of what was possible",
  steady: "of the limit",
  refused: "refused",
  foreignRefused: "refused to the other",
  smallest: "for the smaller"
}

const percent = (share: number) => `${(100 * share).toFixed(1).replace(/\.0$/, "")} %`

const describe = (figures: ReadonlyArray<keyof Drained>, drained: Drained) =>
  figures.map((figure) => percent(drained[figure])).join(", ")

const toScenarioTable = ({ goals, title }: Scenario, simulated: ReadonlyArray<Measured>, runs: number): string => {
  const measured = simulated.filter((one) => one.title === title)
  const figures = [...new Set<keyof Drained>(["efficiency", ...goals.map(({ figure }) => figure)])]
  const asked = (figure: keyof Drained) =>
    goals
      .filter((goal) => goal.figure === figure)
      .map(({ at, value }) => `${at === "least" ? "≥" : "≤"} ${percent(value)}`)
      .join() || "–"
  const judged = (drained: Drained) =>
    `${describe(figures, drained)}${goals.every((goal) => isReached(goal, drained)) ? "" : " ✗"}`
  const row = (name: string, cell: (kind: Kind) => string) => [name, ...Kind.literals.map(cell)]
  return toTable([
    [figures.map((figure) => words[figure]).join(", "), ...Kind.literals],
    row("goal", () => figures.map(asked).join(", ")),
    ...contendersOf(measured).flatMap((contender) => {
      const median = row(contender, (kind) => judged(medianOf(measured, contender, kind)))
      if (contender !== ours.name || runs === 1) return [median]
      return [
        median,
        row(`the worst of its ${runs} runs`, (kind) => judged(toWorst(runsOf(measured, contender, kind))))
      ]
    })
  ])
}

/** Shares that differ by less are the same. */
const tolerance = 0.005

/** Above 0 where the first is better. */
const difference = ({ at, figure }: Goal, one: Drained, other: Drained): number => {
  const more = one[figure] - other[figure]
  return Math.abs(more) < tolerance ? 0 : at === "least" ? more : -more
}

const besideEach = (simulated: ReadonlyArray<Measured>): string => {
  const rows = contendersOf(simulated)
    .filter((contender) => contender !== ours.name)
    .map((peer) => {
      const places = scenarios.flatMap((scenario) => {
        const measured = simulated.filter((one) => one.title === scenario.title)
        return Kind.literals.map((kind) => {
          const us = medianOf(measured, ours.name, kind)
          const them = medianOf(measured, peer, kind)
          const differences = scenario.goals.map((goal) => difference(goal, us, them))
          const better = differences.some((one) => one > 0)
          const worse = differences.some((one) => one < 0)
          const missed = scenario.goals.some((goal) => !isReached(goal, them))
          return { name: `${scenario.name} (${kind})`, better, worse, missed }
        })
      })
      const count = (is: (place: (typeof places)[number]) => boolean) => String(places.filter(is).length)
      const ahead = places.filter(({ better, worse }) => worse && !better).map(({ name }) => name)
      return [
        peer,
        count(({ better, worse }) => better && !worse),
        count(({ better, worse }) => better && worse),
        count(({ better, worse }) => !better && !worse),
        String(ahead.length),
        count(({ missed }) => missed),
        ahead.join("; ") || "–"
      ]
    })
  return toTable([
    ["", "ours is ahead", "each in something", "the same", "it is ahead", "it misses a goal", "where it is ahead"],
    ...rows
  ])
}
