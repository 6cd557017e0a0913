/**
 * Purges that are killed: at moments that chance chooses, and at each boundary of what is done for a session.
 *
 * `KILLS` sets how many histories are lived at random moments (8 unless given, on each runtime; each has some three
 * deaths), `SEED` the first of their seeds. A failure names the seed of its history: `SEED=7 KILLS=1` lives it again, as far
 * as the machine can tell the time.
 */
import { type Emulator, type Fault, FaultPlan } from "@powerdrill-sessions/emulator"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Cause, Effect, Random } from "effect"
import { type Death, type Given, live, type Told } from "../purge/History.ts"
import { boundaries } from "../purge/Setup.ts"

const histories = Number(process.env["KILLS"] ?? 8)
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
      { match: { per: "session", nth: 1, chance: 0.05 }, fault: { act: "never", answer: { code: 100001 } } },
      { match: { per: "session", nth: 1, chance: 0.05 }, fault: { act: "never", answer: { code: 201, status: 429 } } },
      ...generated.flat().map(({ fault, match }) => ({ fault, match: { ...match, chance: 0.15 } }))
    ],
    settings: {
      concurrency: yield* Random.choice([1, 4, 8]),
      retries: yield* Random.choice([0, 1, 3]),
      verify: yield* Random.choice(["never", "never", "doubtful"] as const),
      absentIsDeleted: yield* Random.nextBoolean,
      attemptTimeout: 200
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

/** What the first delete of a session meets; it meets nothing afterwards. None, where the session does not exist. In
 * the order of the plan. */
const meets: Readonly<Record<string, Fault | undefined>> = {
  "01-nothing": {},
  "02-commit-then-reset": { send: "reset-start" },
  "03-reset": { act: "never", send: "reset-start" },
  "04-commit-then-hang": { after: "forever" },
  "05-hang": { act: "never", after: "forever" },
  "06-hang-then-commit": { before: "300 millis", after: "forever" },
  "07-commit-then-502": {
    answer: { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad Gateway</h1>" }
  },
  "08-503": { act: "never", answer: { status: 503, body: "" } },
  "09-commit-then-9999": { answer: { code: 9999 } },
  "10-9999": { act: "never", answer: { code: 9999, status: 500 } },
  "11-half-an-answer": { send: "half" },
  "12-201": { act: "never", answer: { code: 201 } },
  "13-100001": { act: "never", answer: { code: 100001 } },
  "14-no-session": undefined
}

const kinds = Object.keys(meets)

const faults: FaultPlan = Object.entries(meets).flatMap(([sessionId, fault]) =>
  fault === undefined ? [] : [{ match: { sessionId, per: "session", nth: 1 }, fault }]
)

const given = (settings: Partial<Given["settings"]>): Given => ({
  sessions: kinds,
  absent: new Set(kinds.filter((sessionId) => meets[sessionId] === undefined)),
  faults,
  settings: { concurrency: 1, retries: 0, verify: "never", absentIsDeleted: false, attemptTimeout: 200, ...settings }
})

/** Kills once a delete of the session has arrived, which then waits for its answer. */
const afterArrival = Effect.fnUntraced(function* (emulator: Emulator["Service"], sessionId: string, kill: () => void) {
  const path = `/sessions/${sessionId}?`
  const before = (yield* emulator.requests).length
  while (!(yield* emulator.requests).slice(before).some((request) => request.path.includes(path)))
    yield* Effect.sleep(1)
  kill()
})

const told: Array<Told> = []

const livesThrough = Effect.fnUntraced(function* (given: Given, deaths: ReadonlyArray<Death>) {
  const history = yield* live(given, deaths)
  told.push(history)
  return history
})

describe("purges that are killed", () => {
  it.live(
    "at random moments",
    () =>
      Effect.forEach(
        Array.from({ length: histories }, (_, index) => firstSeed + index),
        (seed) =>
          Effect.gen(function* () {
            const { deaths, given } = yield* draw(seed)
            yield* livesThrough(given, deaths)
          }).pipe(
            Random.withSeed(seed),
            Effect.catchCause((cause) => Effect.die(new Error(`SEED=${seed} KILLS=1\n${Cause.pretty(cause)}`)))
          ),
        { concurrency: 3, discard: true }
      ),
    600_000
  )
})

describe.concurrent("purges that are killed", () => {
  // Each run is killed at that moment of another session, and the one before it is taken up again.
  for (const at of boundaries) {
    it.live(
      `at ${at}, whatever the answer`,
      () =>
        Effect.gen(function* () {
          const retries = boundaries.indexOf(at) % 2
          const deaths = kinds.map((sessionId, index) => ({ killed: { at, sessionId, micros: 20 * index } }))
          const { deaths: died } = yield* livesThrough(given({ retries }), deaths)
          assert.strictEqual(died, kinds.length)
        }),
      600_000
    )
  }

  it.live(
    "when the request has arrived, whatever the answer",
    () =>
      Effect.gen(function* () {
        const deaths = kinds.map((sessionId): Death => ({
          during: (emulator, kill) => afterArrival(emulator, sessionId, kill)
        }))
        const slow: FaultPlan = faults.map(({ fault, ...rule }) => ({
          ...rule,
          fault: { after: "50 millis", ...fault }
        }))
        const { deaths: died } = yield* livesThrough({ ...given({}), faults: slow }, deaths)
        assert.strictEqual(died, kinds.length)
      }),
    600_000
  )

  it.live(
    "between batches",
    () =>
      Effect.gen(function* () {
        const others = Array.from({ length: 500 }, (_, index) => `other-${index}`)
        const { sessions, ...rest } = given({ concurrency: 8 })
        const death: Death = { killed: { at: "between-batches", sessionId: "", micros: 0 } }
        const { deaths } = yield* livesThrough({ ...rest, sessions: [...sessions, ...others] }, [death, death])
        assert.strictEqual(deaths, 2)
      }),
    600_000
  )
})

describe("purges that were killed", () => {
  it("were told each kind of ending, and had commits cut in two", () => {
    const total = (count: (history: Told) => number) => told.reduce((sum, history) => sum + count(history), 0)
    const endings = new Map<string, number>()
    for (const { endings: ends } of told) {
      for (const [kind, count] of Object.entries(ends)) endings.set(kind, (endings.get(kind) ?? 0) + count)
    }
    console.log(
      `${told.length} histories, ${total(({ runs }) => runs)} runs, ${total(({ deaths }) => deaths)} deaths, ` +
        `${total(({ cutCommits }) => cutCommits)} of them in the middle of a commit, ` +
        `${total(({ requests }) => requests)} requests:`,
      Object.fromEntries(endings)
    )
    assert.isAbove(
      total(({ cutCommits }) => cutCommits),
      0
    )
    for (const kind of ["deleted: deleted", "deleted: absent-after-unknown", "not-deleted: InvalidOperation"]) {
      assert.isAbove(endings.get(kind) ?? 0, 0, kind)
    }
  })
})
