/**
 * Purges that are killed: at moments that chance chooses, and at each boundary of what is done for a session.
 *
 * `KILLS` sets how many histories are lived at random moments (40 unless given, on each runtime; each has some three
 * deaths), `SEED` the first of their seeds. A failure names the seed of its history: `SEED=7 KILLS=1` lives it again, as far
 * as the machine can tell the time.
 */
import { Emulator, FaultPlan } from "@powerdrill-sessions/emulator"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Random } from "effect"
import { live, type Given, type Death, type Told } from "../purge/History.ts"

const histories = Number(process.env["KILLS"] ?? 40)
const firstSeed = Number(process.env["SEED"] ?? 1)

const maxStall = "10 millis"

/** A history that follows from its seed alone: what is planned, what goes wrong, when it is killed. */
const draw = Effect.fnUntraced(function* (seed: number) {
  const sessions = Array.from({ length: 30 }, (_, index) => `s-${String(index).padStart(2, "0")}`)
  const absent = new Set<string>()
  for (const sessionId of sessions) if ((yield* Random.next) < 0.07) absent.add(sessionId)
  // Rules for all sessions alike: each of them suffers some.
  const generated = yield* Effect.orDie(
    Arbitrary.sampleEffect(
      FaultPlan.arbitrary({ per: "session", requests: 2, maxStall, redirectTo: "http://127.0.0.1:9/" }),
      { seed, count: 6, size: 10 }
    )
  )
  const given: Given = {
    sessions,
    absent,
    faults: [
      { match: { per: "session", nth: 1, chance: 0.1 }, fault: { send: "reset-start" } },
      { match: { per: "session", nth: 1, chance: 0.03 }, fault: { after: "forever" } },
      { match: { per: "session", nth: 1, chance: 0.03 }, fault: { act: "never", after: "forever" } },
      ...generated.flat().map(({ fault, match }) => ({ fault, match: { ...match, chance: 0.15 } }))
    ],
    settings: {
      concurrency: yield* Random.choice([1, 4, 8]),
      retries: yield* Random.choice([0, 1, 3]),
      verify: yield* Random.choice(["never", "never", "doubtful"] as const),
      absentIsDeleted: yield* Random.nextBoolean,
      attemptTimeout: 150
    }
  }
  const deaths: Array<Death> = []
  for (let left = yield* Random.nextIntBetween(1, 5); left > 0; left--) {
    const requests = yield* Random.nextIntBetween(0, 20)
    const millis = yield* Random.nextBetween(0, requests === 0 ? 60 : 6)
    deaths.push({ during: (emulator, kill) => afterRequests(emulator, requests, millis, kill) })
  }
  return { given, deaths }
})

/** Kills so many milliseconds after so many requests of the run have arrived. */
const afterRequests = Effect.fnUntraced(function* (
  emulator: Emulator["Service"],
  count: number,
  millis: number,
  kill: () => void
) {
  const before = (yield* emulator.requests).length
  while ((yield* emulator.requests).length < before + count) yield* Effect.sleep(1)
  yield* Effect.sleep(millis)
  kill()
})

const told: Array<Told> = []

describe("purges that are killed", () => {
  it.live(
    "at random moments",
    () =>
      Effect.forEach(
        Array.from({ length: histories }, (_, index) => firstSeed + index),
        (seed) =>
          Effect.gen(function* () {
            const { deaths, given } = yield* Effect.provide(draw(seed), []).pipe(Random.withSeed(seed))
            told.push(yield* live(given, deaths))
          }).pipe(Effect.catchCause((cause) => Effect.die(new Error(`SEED=${seed} KILLS=1`, { cause })))),
        { concurrency: 3, discard: true }
      ).pipe(Effect.tap(() => Effect.sync(() => console.log(summary(told))))),
    600_000
  )
})

const summary = (told: ReadonlyArray<Told>) => told
