/**
 * Ways to do the same thing, held against the first of them.
 *
 * They take turns in short bursts, and every burst is compared with the first one's of the same round: what slows the
 * machine down for a while slows all of them down. The median of the rounds is what counts, and how far apart the middle
 * half of them is says how far to trust it.
 */
import { Duration, Effect, Schema } from "effect"

export interface Contender {
  readonly name: string
  /** So many calls, one after the other, on each of the fibers. */
  readonly burst: (fibers: number, perFiber: number) => Effect.Effect<unknown, unknown>
  /** How many of the first contender's calls it is meant to make, at the least. */
  readonly goal?: number | undefined
}

/** An effect that is one call. */
export const contender = (name: string, call: Effect.Effect<unknown, unknown>, goal?: number): Contender => ({
  name,
  goal,
  burst: (fibers, perFiber) => {
    const calls = Effect.forEach(Array(perFiber), () => call, { discard: true })
    return Effect.forEach(Array(fibers), () => calls, { concurrency: "unbounded", discard: true })
  }
})

/** A function that is one call, without any Effect. */
export const loop = (name: string, call: () => Promise<unknown>): Contender => ({
  name,
  burst: (fibers, perFiber) =>
    Effect.promise(() =>
      Promise.all(
        Array.from({ length: fibers }, async () => {
          for (let made = 0; made < perFiber; made++) await call()
        })
      )
    )
})

export const Median = Schema.Struct({
  median: Schema.Finite,
  /** A quarter of the rounds is below. */
  lower: Schema.Finite,
  /** A quarter of the rounds is above. */
  upper: Schema.Finite
})

/** One contender beside the first. */
const Compared = Schema.Struct({
  name: Schema.String,
  /** Calls a second, as a part of the first contender's. */
  ratio: Median,
  /** How much longer than the first contender's a call keeps the process busy, in microseconds. */
  extraMicros: Median,
  callsPerSecond: Median,
  goal: Schema.optional(Schema.Finite)
})

/** Calls at a time. */
const inFlight = 32
const rounds = 25
/** Calls before anything is measured: as many as it takes until nothing is compiled any more. */
const warmUp = 10_000
const burst = Duration.millis(60)

export const compare = Effect.fnUntraced(function* (contenders: readonly [Contender, ...Array<Contender>]) {
  const rates = yield* Effect.forEach(contenders, warm)
  // The same number of calls for all.
  const perFiber = Math.max(1, Math.round((Math.max(...rates) * Duration.toSeconds(burst)) / inFlight))
  const calls = perFiber * inFlight

  const seconds: ReadonlyArray<Array<number>> = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Nobody has the same one before it every time.
      const index = (round + turn * (round % 2 === 0 ? 1 : contenders.length - 1)) % contenders.length
      const contender = contenders[index]
      if (contender !== undefined) seconds[index]?.push(yield* run(contender, perFiber))
    }
  }

  const first = seconds[0] ?? []
  return contenders.map(({ goal, name }, index): typeof Compared.Type => {
    const own = (seconds[index] ?? []).map((time, round) => ({ time, reference: first[round] ?? time }))
    return {
      name,
      ratio: toMedian(own.map(({ reference, time }) => reference / time)),
      extraMicros: toMedian(own.map(({ reference, time }) => ((time - reference) / calls) * 1e6)),
      callsPerSecond: toMedian(own.map(({ time }) => calls / time)),
      goal
    }
  })
})

/** Runs a contender until it is compiled, and tells how many calls a second it then makes. */
const warm = Effect.fnUntraced(function* (contender: Contender) {
  yield* run(contender, Math.round(warmUp / inFlight))
  return (10 * inFlight) / (yield* run(contender, 10))
})

/** How long a burst took, in seconds. */
const run = ({ burst }: Contender, perFiber: number): Effect.Effect<number, unknown> =>
  Effect.map(Effect.timed(burst(inFlight, perFiber)), ([time]) => Duration.toSeconds(time))

export const toMedian = (values: ReadonlyArray<number>): typeof Median.Type => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? NaN
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) }
}

/** A view of a benchmark, as its program prints it. */
export const Views = Schema.Array(Schema.Struct({ title: Schema.String, compared: Schema.Array(Compared) }))
