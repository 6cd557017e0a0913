/**
 * What the client claims of each session, against what the server truly did, for generated fault plans over real
 * sockets: every "deleted" is true, every "not deleted" is true, and everything else is "unknown".
 *
 * `PLANS` sets how many plans are tried (700 unless given, on each runtime), `SEED` which ones. A failure prints its plan, shrunk, and
 * what to give to see it again.
 */
import { PowerdrillConfig, RetryPolicy, Sessions, type Verify } from "@powerdrill-sessions/core"
import { Emulator, FaultPlan } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { environment, run } from "../../cli/test/support/cli.ts"
import { Duration, Effect, Layer, Schedule, Schema } from "effect"
import { FetchHttpClient } from "effect/http"

const plans = Number(process.env["PLANS"] ?? 700)
const seed = process.env["SEED"]
const maxStall = Duration.millis(20)

type Says = "deleted" | "not-deleted" | "unknown"

/** How one client deletes: what it says of a session. */
type Claim = (sessionId: string, method: "delete" | "ensureDeleted") => Effect.Effect<Says>

interface Settings {
  readonly verify: Verify
  readonly retries: number
}

const Setup = Schema.Struct({
  verify: Schema.Literals(["never", "doubtful", "always"]),
  retries: Schema.Literals([0, 1, 3])
})

const throughCore = ({ apiKey, baseUrl, userId }: Emulator["Service"], { retries, verify }: Settings) => {
  const config = PowerdrillConfig.layer({
    apiKey,
    baseUrl,
    verify,
    requestsPerSecond: Infinity,
    attemptTimeout: "300 millis"
  })
  return Effect.map(
    Effect.provide(Sessions, Layer.provide(Sessions.layer, [FetchHttpClient.layer, Layer.orDie(config)])),
    (sessions): Claim =>
      (sessionId, method) =>
        sessions[method]({ sessionId, userId }).pipe(
          Effect.match({ onSuccess: (): Says => "deleted", onFailure: ({ outcome }): Says => outcome }),
          RetryPolicy.withPolicy(Schedule.recurs(retries))
        )
  )
}

const throughPromise = ({ apiKey, baseUrl, userId }: Emulator["Service"], { retries, verify }: Settings) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        createSessions({
          apiKey,
          baseUrl,
          userId,
          verify,
          requestsPerSecond: Infinity,
          attemptTimeout: 300,
          // The standard policy's waits are real here.
          deadline: retries === 0 ? "5 seconds" : 600,
          retry: retries === 0 ? "none" : "standard"
        })
      ),
      (sessions) => Effect.promise(() => sessions.close())
    ),
    (sessions): Claim =>
      (sessionId, method) =>
        Effect.map(
          Effect.promise(() => sessions.try[method](sessionId)),
          (result): Says => (result.ok ? "deleted" : result.error.outcome)
        )
  )

/** How often each was said, so that a client that always says "unknown" does not pass for a truthful one. */
const said = { deleted: 0, "not-deleted": 0, unknown: 0 }

interface Told {
  readonly sessionId: string
  readonly says: Says
}

/** Compares what was claimed with what the server did, once all is done that the requests have set going. */
const judge = Effect.fnUntraced(function* (
  emulator: Emulator["Service"],
  claims: ReadonlyArray<Told>,
  circumstances: object
) {
  // A request that its client no longer waits for begins to act at most this much later.
  yield* Effect.sleep(Duration.sum(maxStall, Duration.millis(20)))
  const { commits, requests } = yield* emulator.oracle
  for (const { says, sessionId } of claims) {
    said[says]++
    const held = yield* emulator.holds(sessionId)
    const deleted = commits.some((commit) => commit.sessionId === sessionId)
    const story = () => JSON.stringify({ sessionId, says, held, circumstances, requests }, null, 2)
    if (says === "deleted") assert.isFalse(held, story())
    if (says === "not-deleted") assert.isFalse(deleted, story())
  }
})

const create = (emulator: Emulator["Service"], count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.map(emulator.create(), ({ id }) => id))

const tell = Effect.fnUntraced(function* (
  plan: FaultPlan,
  settings: Settings,
  through: typeof throughCore | typeof throughPromise
) {
  const emulator = yield* Emulator.make({ port: 0, rate: Infinity })
  const claim = yield* through(emulator, settings)
  // Connections that are kept open can fail in ways of their own.
  yield* Effect.forEach(yield* create(emulator, 5), (id) => claim(id, "delete"), { concurrency: "unbounded" })
  yield* emulator.useFaults(plan)
  const claims = yield* Effect.forEach(
    [...(yield* create(emulator, 4)), "never-created"],
    (sessionId, index) =>
      Effect.map(claim(sessionId, index % 2 === 0 ? "delete" : "ensureDeleted"), (says) => ({ sessionId, says })),
    { concurrency: "unbounded" }
  )
  yield* judge(emulator, claims, { plan, settings })
}, Effect.scoped)

const decodeLine = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({ sessionId: Schema.String, outcome: Schema.Literals(["deleted", "not-deleted", "unknown"]) })
  )
)

/** One process for many sessions. */
const tellFromShell = Effect.fnUntraced(function* (plan: FaultPlan, { retries, verify }: Settings) {
  const emulator = yield* Emulator.make({ port: 0, rate: Infinity, faults: plan })
  const ids = [...(yield* create(emulator, 20)), "never-created"]
  const retry = retries === 0 ? "none" : "standard"
  const { stderr, stdout } = yield* run(
    [
      ["delete", ...ids, "--yes", "--json", "--verify", verify, "--retry", retry],
      ["--attempt-timeout", "300ms", "--deadline", "2s", "--requests-per-second", "1000"]
    ].flat(),
    { env: environment(emulator.baseUrl, emulator.apiKey, emulator.userId) }
  )
  const claims = stdout
    .split("\n")
    .slice(0, -1)
    .map((line): Told => {
      const { outcome, sessionId } = decodeLine(line)
      return { sessionId, says: outcome }
    })
  assert.deepStrictEqual(new Set(claims.map(({ sessionId }) => sessionId)), new Set(ids), stderr)
  yield* judge(emulator, claims, { plan, retries, verify })
}, Effect.scoped)

const arbitraries = {
  plan: FaultPlan.arbitrary({ per: "session", requests: 2, maxStall, redirectTo: "http://127.0.0.1:9/" }),
  settings: Setup
}

const options = (runs: number, concurrency = 12) => ({
  timeout: 600_000,
  arbitrary: { runs, concurrency, ...(seed === undefined ? undefined : { seed }) }
})

describe("conformance", () => {
  it.live.prop(
    "B31 through core, every claim is true",
    arbitraries,
    ({ plan, settings }) => tell(plan, settings, throughCore),
    options(Math.ceil(plans * 0.8))
  )

  it.live.prop(
    "B31 through promises, every claim is true",
    arbitraries,
    ({ plan, settings }) => tell(plan, settings, throughPromise),
    options(Math.ceil(plans * 0.2))
  )

  it.live.prop(
    "B31 through the shell, every claim is true",
    arbitraries,
    ({ plan, settings }) => tellFromShell(plan, settings),
    options(Math.ceil(plans / 100), 2)
  )

  it("said each of the three often enough to mean something", () => {
    const all = said.deleted + said["not-deleted"] + said.unknown
    console.log(`${plans} plans, ${all} claims:`, said)
    for (const count of Object.values(said)) assert.isAbove(count / all, 0.05)
  })
})
