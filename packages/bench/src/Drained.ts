/**
 * How clients do their work under a limit.
 *
 * What happens takes the time of Effect's clock: simulated or real.
 */
import { Clock, Effect, Random, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import type { Limit } from "../../core/test/support/Limit.ts"
import { answerOf, type Contender, kinds, type Team } from "./Team.ts"

/** How the work went. Shares are parts of one. */
export const Drained = Schema.Struct({
  /** The least time that it can take, as a share of what it took. */
  efficiency: Schema.Finite,
  /** Sessions a second from the fifth second on, while there was enough to do, as a share of the limit. */
  steady: Schema.Finite,
  /** Of all requests. */
  refused: Schema.Finite,
  /** Of all requests that somebody else has made. */
  foreignRefused: Schema.Finite,
  /** What the program that deleted least has deleted. */
  smallest: Schema.Finite
})

export type Drained = typeof Drained.Type

/** Calls at a time, of each program. */
const inFlight = 32

/** One way takes 15 to 35 ms. */
const oneWay = Effect.flatMap(Random.nextBetween(15, 35), (millis) => Effect.sleep(millis))
const roundTrip = 0.05

/** Counts requests, and how many of them were refused. */
const counter = () => {
  let requests = 0
  let refused = 0
  return {
    count: (admitted: boolean): boolean => {
      requests++
      if (!admitted) refused++
      return admitted
    },
    refusedShare: () => refused / Math.max(1, requests)
  }
}

/** Lets the clients of a contender do the work, at a server in the same process. */
export const drain = Effect.fnUntraced(function* (contender: Contender, team: Team) {
  // The clock's second begins at any moment.
  yield* Effect.sleep(yield* Random.nextBetween(0, 1_000))
  const start = yield* Clock.currentTimeMillis
  const limitAt = (seconds: number) => team.changes?.findLast(([from]) => from <= seconds)?.[1] ?? team.documented
  let now = start
  const limit = kinds[team.kind](() => limitAt((now - start) / 1_000))
  const own = counter()
  const others = counter()

  const server = HttpClient.make((request) =>
    Effect.gen(function* () {
      yield* oneWay
      now = yield* Clock.currentTimeMillis
      const admitted = own.count(limit.admit(now))
      yield* oneWay
      const { body, status } = answerOf(admitted)
      return HttpClientResponse.fromWeb(request, new Response(body, { status }))
    })
  )
  const foreign = team.foreign ?? 0
  const somebodyElse = Effect.gen(function* () {
    yield* Effect.sleep(1_000 / foreign)
    yield* Effect.forkChild(
      Effect.gen(function* () {
        yield* oneWay
        now = yield* Clock.currentTimeMillis
        others.count(limit.admit(now))
      })
    )
  }).pipe(Effect.forever)
  if (foreign > 0) yield* Effect.forkScoped(somebodyElse)

  const done = yield* work(contender, team).pipe(Effect.provideService(HttpClient.HttpClient, server))
  now = start
  const left = kinds[team.kind](() => limitAt((now - start) / 1_000) - foreign)
  const least = leastTime(team.sessions, { admit: (at) => left.admit((now = at)) }, start)
  return { ...toDrained(done, team, least), refused: own.refusedShare(), foreignRefused: others.refusedShare() }
}, Effect.scoped)

/** Lets the clients of a contender do the work, at a server that counts the requests of one path together. */
export const drainOver = Effect.fnUntraced(function* (url: string, contender: Contender, team: Team) {
  const http = yield* HttpClient.HttpClient
  const own = counter()
  const server = HttpClient.make(() =>
    Effect.tap(http.del(url), ({ status }) => Effect.sync(() => own.count(status !== 429)))
  )
  const done = yield* work(contender, team).pipe(Effect.provideService(HttpClient.HttpClient, server))
  const least = leastTime(
    team.sessions,
    kinds[team.kind](() => team.documented),
    0
  )
  return { ...toDrained(done, team, least), refused: own.refusedShare(), foreignRefused: 0 }
}, Effect.scoped)

/** For each client, when it has deleted, in seconds. */
type Done = ReadonlyArray<ReadonlyArray<number>>

/** Whoever has given up is called again. */
const work = Effect.fnUntraced(function* (contender: Contender, team: Team) {
  const start = yield* Clock.currentTimeMillis
  const clients = yield* contender.make(team.documented, team.clients ?? 1)
  const done = clients.map((): Array<number> => [])
  let next = 0
  yield* Effect.forEach(
    clients.flatMap((client, index) => Array.from({ length: inFlight }, () => [client, done[index] ?? []] as const)),
    ([client, times]) =>
      Effect.whileLoop({
        while: () => next < team.sessions,
        body: () => Effect.andThen(Effect.eventually(client(`session-${next++}`)), Clock.currentTimeMillis),
        step: (now) => times.push((now - start) / 1_000)
      }),
    { concurrency: "unbounded", discard: true }
  )
  return done
})

/** In seconds, for a client that knows the limit at every moment, and sends each request as soon as it is let through. */
const leastTime = (sessions: number, limit: Limit, start: number): number => {
  let now = start
  for (let left = sessions; left > 0;)
    if (limit.admit(now)) left--
    else now++
  return (now - start) / 1_000 + roundTrip
}

/** Without what only the server knows. */
const toDrained = (done: Done, { documented, foreign = 0, sessions }: Team, least: number) => {
  const times = done.flat().toSorted((a, b) => a - b)
  const took = times.at(-1) ?? NaN
  // At the end there are fewer to do than can be done at a time.
  const [from, until] = [5, Math.floor(times.at(-inFlight) ?? NaN)]
  const steadily = times.filter((at) => at >= from && at < until).length
  return {
    efficiency: least / took,
    steady: steadily / (until - from) / (documented - foreign),
    smallest: Math.min(...done.map((own) => own.length)) / sessions
  }
}
