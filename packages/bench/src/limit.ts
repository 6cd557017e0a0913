// How fast work is done under a limit, and how much of it is refused, by us and by others.
//
// Run by bench.ts: `limit.ts simulated RUNS` in simulated time, `limit.ts real URL` against the server of limitServer.ts.
// Prints one JSON array, of `Measured`.
import { Effect, Random, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { drain, drainOver, type Drained } from "./Drained.ts"
import { Measured } from "./Measured.ts"
import { ours } from "./ours.ts"
import { peers, queue } from "./peers.ts"
import { scenarios } from "./Scenario.ts"
import { inSimulatedTime } from "./simulatedTime.ts"
import { Kind } from "./Team.ts"

const [how = "", argument = ""] = process.argv.slice(2)

const contenders = [ours, ...peers]

// Some of the peers leave things to chance; it is to be the same chance every time.
const seedMath = (seed: number) => {
  let state = seed
  Math.random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const simulated = async (runs: number) => {
  const measured: Array<Measured> = []
  for (const { team, title } of scenarios) {
    console.error(title)
    for (const contender of contenders) {
      for (const kind of Kind.literals) {
        const drained: Array<Drained> = []
        for (let seed = 1; seed <= runs; seed++) {
          seedMath(seed)
          const program = drain(contender, { ...team, kind }).pipe(Random.withSeed(seed))
          drained.push(await inSimulatedTime(() => Effect.runPromise(program)))
        }
        measured.push({ title, contender: contender.name, kind, drained })
      }
    }
  }
  return measured
}

/** A few to confirm the others, all at the same time, each as a team of its own: they mostly wait. */
const real = (url: string) => {
  const title = "A limit of 20, as documented"
  return Effect.runPromise(
    Effect.forEach(
      [ours, queue].flatMap((contender) => Kind.literals.map((kind) => ({ contender, kind }))),
      ({ contender, kind }, index) =>
        Effect.map(
          drainOver(`${url}/${kind}/20/${index}`, contender, { kind, documented: 20, sessions: 300 }),
          (drained): Measured => ({ title, contender: contender.name, kind, drained: [drained] })
        ),
      { concurrency: "unbounded" }
    ).pipe(Effect.provide(FetchHttpClient.layer))
  )
}

const encode = Schema.encodeSync(Schema.fromJsonString(Schema.Array(Measured)))

console.log(encode(await (how === "simulated" ? simulated(Number(argument)) : real(argument))))
// Some peers have timers that never end.
process.exit()
