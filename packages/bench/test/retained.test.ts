/**
 * What stays behind, in bytes of heap: of a call in a stream that goes on, of an attempt that is made again, of one who
 * waits for the budget's turn, of an aborted call.
 */
import "@powerdrill-sessions/core/deno"
import { PowerdrillConfig, RateBudget, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { createSessions } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Schedule, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { setImmediate } from "node:timers/promises"
import { heapInUse } from "../src/heap.ts"

/** So many at first, for what is compiled and cached, and in each round after that. */
const many = 1_000
const rounds = 8

/** In bytes: whatever is held for each takes more, and what comes and goes by chance takes less. */
const allowance = 80

/** Machines may be busy. */
const timeout = 120_000

const heap = Effect.promise(heapInUse)

/**
 * What each leaves behind. A round in the middle counts: what is held for each is held in all of them, and a table that is
 * given more room, or less, is not.
 */
const perOne = (heaps: ReadonlyArray<number>): number =>
  heaps
    .slice(1)
    .map((bytes, round) => (bytes - (heaps[round] ?? NaN)) / many)
    .toSorted((a, b) => a - b)[rounds / 2] ?? NaN

const retainedBy = <E, R>(run: Effect.Effect<unknown, E, R>) =>
  Effect.map(
    Effect.forEach(Array(1 + rounds), () => Effect.andThen(run, heap)),
    perOne
  )

/** Each request is answered in the next turn. */
const answering = (codeOf: (url: string) => number) => {
  const http = HttpClient.make((request, { href }) =>
    Effect.map(Effect.yieldNow, () =>
      HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ code: codeOf(href) })))
    )
  )
  return Sessions.layer.pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, http),
      PowerdrillConfig.layer({ apiKey: "canary-2b7d90e4f1", requestsPerSecond: Infinity })
    ])
  )
}

const remove = (number: number) =>
  Sessions.use((sessions) => sessions.delete({ sessionId: `session-${number}`, userId: "tmm-1" }))

describe("what stays behind", () => {
  it.live(
    "nothing of a call in a stream that goes on",
    () =>
      Effect.gen(function* () {
        const heaps: Array<number> = []
        let ended = 0
        yield* Stream.range(1, (1 + rounds) * many).pipe(
          Stream.mapEffect(remove, { concurrency: 32, unordered: true }),
          Stream.runForEach(() => (++ended % many === 0 ? Effect.map(heap, (bytes) => heaps.push(bytes)) : Effect.void))
        )
        assert.isBelow(perOne(heaps), allowance)
      }).pipe(Effect.provide(answering(() => 0))),
    timeout
  )

  it.live(
    "nothing of an attempt that is made again",
    () => {
      const numbers = Array.from(Array(many).keys())
      const failed = new Set<string>()
      const codeOf = (url: string) => {
        if (failed.delete(url)) return 0
        failed.add(url)
        return 9999
      }
      const again = (number: number) => Effect.map(remove(number), ({ attempts }) => assert.strictEqual(attempts, 2))
      return Effect.gen(function* () {
        const calls = Effect.forEach(numbers, again, { concurrency: 32, discard: true })
        assert.isBelow(yield* retainedBy(calls), allowance)
      }).pipe(Effect.provideService(RetryPolicy, Schedule.recurs(1)), Effect.provide(answering(codeOf)))
    },
    timeout
  )

  it.effect(
    "nothing of one who has waited for the budget's turn, or has given up",
    () =>
      Effect.gen(function* () {
        const budget = yield* RateBudget.makeMemory(20)
        const turns = Effect.gen(function* () {
          const fibers = yield* Effect.forEach(Array(many), () => Effect.forkChild(budget.take(Duration.hours(1))))
          yield* TestClock.adjust("1 second")
          yield* Fiber.interruptAll(fibers.filter((_, index) => index % 2 === 1))
          yield* TestClock.adjust("1 hour")
          yield* Fiber.joinAll(fibers.filter((_, index) => index % 2 === 0))
        })
        assert.isBelow(yield* retainedBy(turns), allowance)
      }),
    timeout
  )

  it.live(
    "nothing of a call that is aborted",
    () =>
      Effect.gen(function* () {
        let requests = 0
        const sessions = createSessions({
          apiKey: "canary-2b7d90e4f1",
          userId: "tmm-1",
          requestsPerSecond: Infinity,
          fetch: () => {
            requests++
            return new Promise(() => {})
          }
        })
        const together = 100
        const abortAll = async () => {
          for (let made = 0; made < many; made += together) {
            const controller = new AbortController()
            const sent = requests + together
            const results = Array.from({ length: together }, () =>
              sessions.try.delete("04b6", { signal: controller.signal })
            )
            while (requests < sent) await setImmediate()
            controller.abort()
            for (const result of await Promise.all(results)) assert.isFalse(result.ok)
          }
        }
        assert.isBelow(yield* retainedBy(Effect.promise(abortAll)), allowance)
        yield* Effect.promise(() => sessions.close())
      }),
    timeout
  )
})
