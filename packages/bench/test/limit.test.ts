import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { type Drained, drain } from "../src/Drained.ts"
import { ours } from "../src/ours.ts"
import { isReached, scenarios, toMedians } from "../src/Scenario.ts"
import { inSimulatedTime } from "../src/simulatedTime.ts"
import { Kind } from "../src/Team.ts"

/** At a higher limit there is more to do in a second, and no more to see. */
const enough = 1_600

describe("limit", () => {
  for (const { goals, team, title } of scenarios) {
    for (const kind of Kind.literals) {
      it(`${title}, counted by ${kind}`, async () => {
        const runs: Array<Drained> = []
        // A limit that is true leaves nothing to chance.
        const seeds = goals.some(({ figure, value }) => figure === "refused" && value > 0) ? [1, 2, 3] : [1]
        for (const seed of seeds) {
          const sessions = Math.min(team.sessions, enough)
          const program = drain(ours, { ...team, kind, sessions }).pipe(Random.withSeed(seed))
          runs.push(await inSimulatedTime(() => Effect.runPromise(program)))
        }
        const median = toMedians(runs)
        for (const goal of goals) assert.isTrue(isReached(goal, median), JSON.stringify({ goal, median }))
      })
    }
  }
})
