/**
 * What can happen to a team, and what is good enough then.
 */
import type { Drained } from "./Drained.ts"
import type { Team } from "./Team.ts"

export interface Goal {
  readonly figure: keyof Drained
  /** The value is the least that is good enough, or the most. */
  readonly at: "least" | "most"
  readonly value: number
}

export interface Scenario {
  readonly title: string
  /** The title in short. */
  readonly name: string
  readonly team: Omit<Team, "kind">
  /** The first is about speed. */
  readonly goals: readonly [Goal, ...Array<Goal>]
}

const atLeast = (figure: Goal["figure"], value: number): Goal => ({ figure, at: "least", value })
const atMost = (figure: Goal["figure"], value: number): Goal => ({ figure, at: "most", value })

export const scenarios: ReadonlyArray<Scenario> = [
  {
    title: "A limit of 20, as documented",
    name: "20",
    team: { documented: 20, sessions: 600 },
    goals: [atLeast("steady", 0.965), atMost("refused", 0)]
  },
  {
    title: "A limit of 200, as documented",
    name: "200",
    team: { documented: 200, sessions: 3_000 },
    goals: [atLeast("steady", 0.965), atMost("refused", 0)]
  },
  {
    title: "A limit of 20 that is 5 from the 10th second to the 30th",
    name: "20, 5, 20",
    team: {
      documented: 20,
      sessions: 600,
      changes: [
        [10, 5],
        [30, 20]
      ]
    },
    goals: [atLeast("efficiency", 0.8), atMost("refused", 0.02)]
  },
  {
    title: "A limit of 20, and somebody else makes 10 requests a second",
    name: "somebody else",
    team: { documented: 20, sessions: 600, foreign: 10 },
    goals: [atLeast("efficiency", 0.85), atMost("refused", 0.05), atMost("foreignRefused", 0.04)]
  },
  {
    title: "A limit of 20, and two programs that share the work",
    name: "two programs",
    team: { documented: 20, sessions: 600, clients: 2 },
    goals: [atLeast("steady", 0.95), atLeast("smallest", 0.4), atMost("refused", 0)]
  }
]

export const isReached = ({ at, figure, value }: Goal, drained: Drained): boolean =>
  at === "least" ? drained[figure] >= value : drained[figure] <= value

/** The median of each figure. */
export const toMedians = (runs: ReadonlyArray<Drained>): Drained =>
  summary(runs, (sorted) => sorted[sorted.length >> 1])

const summary = (
  runs: ReadonlyArray<Drained>,
  pick: (sorted: ReadonlyArray<number>, figure: keyof Drained) => number | undefined
): Drained => {
  const of = (figure: keyof Drained) =>
    pick(
      runs.map((run) => run[figure]).toSorted((a, b) => a - b),
      figure
    ) ?? NaN
  return {
    efficiency: of("efficiency"),
    steady: of("steady"),
    refused: of("refused"),
    foreignRefused: of("foreignRefused"),
    smallest: of("smallest")
  }
}

/** The worst of each figure. */
export const toWorst = (runs: ReadonlyArray<Drained>): Drained =>
  summary(runs, (sorted, figure) => sorted.at(figure === "refused" || figure === "foreignRefused" ? -1 : 0))
