/**
 * Two processes that purge at once, within one budget in Redis.
 *
 * It starts a `redis-server` of its own, where there is one on the path; elsewhere it says that it was not run.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { SessionId, UserId } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Plan, PlanEntry } from "@powerdrill-sessions/purge"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Stream } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import * as Child from "../purge/Child.ts"

const isThere = spawnSync("redis-server", ["--version"]).status === 0
if (!isThere) console.log("not run: no Redis (there is no redis-server on the path)")

/** A Redis that is there as long as the scope is, and keeps nothing. */
const startRedis = Effect.fnUntraced(function* (path: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("redis-server", ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"], {
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    (child) =>
      Effect.promise(async () => {
        const closed = once(child, "close")
        child.kill()
        await closed
      })
  )
  yield* Effect.promise(async () => {
    for await (const text of child.stdout) if (/ready to accept connections/i.test(String(text))) break
  })
})

const perProcess = 70
const rate = 20

const planOf = Effect.fnUntraced(function* (emulator: Emulator["Service"], path: string) {
  const ids: Array<string> = []
  for (let index = 0; index < perProcess; index++) ids.push((yield* emulator.create()).id)
  return yield* Plan.write(path, {
    baseUrl: emulator.baseUrl,
    selection: "half of them",
    entries: Stream.fromIterable(
      ids.map((id) => new PlanEntry({ sessionId: SessionId.make(id), userId: UserId.make(emulator.userId) }))
    )
  })
})

/** The most that are in any one second, whenever it begins. */
const mostInOneSecond = (times: ReadonlyArray<number>): number =>
  Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length))

/** Measures, until the scope ends, the longest time for which this process could not do a thing, in milliseconds. */
const measureStalls = Effect.gen(function* () {
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 5)
    last = now
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(look, 5)),
    (timer) => Effect.sync(() => clearInterval(timer))
  )
  return () => longest
})

describe("a budget in Redis", () => {
  it.live.skipIf(!isThere)(
    "two processes together send at most 21 requests in any one second, at 20 a second",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped({ prefix: "powerdrill-sessions-redis-" })
        const redis = `${folder}/redis.sock`
        yield* startRedis(redis)
        const emulator = yield* Emulator.make({ port: 0, rate: Infinity })
        const plans = yield* Effect.all([
          planOf(emulator, `${folder}/one.jsonl`),
          planOf(emulator, `${folder}/two.jsonl`)
        ])
        const stalled = yield* measureStalls
        const ends = yield* Effect.forEach(
          plans,
          (plan) =>
            Child.run({
              plan: plan.path,
              baseUrl: emulator.baseUrl,
              apiKey: emulator.apiKey,
              concurrency: 8,
              retries: 0,
              verify: "never",
              absentIsDeleted: false,
              attemptTimeout: 10_000,
              requestsPerSecond: rate,
              redis
            }),
          { concurrency: 2 }
        )
        for (const { reason, settled } of ends) {
          assert.strictEqual(reason, "finished")
          assert.strictEqual(settled.length, perProcess)
        }
        const times = (yield* emulator.requests).map(({ at }) => at)
        assert.strictEqual(times.length, 2 * perProcess)
        const seconds = (Math.max(...times) - Math.min(...times)) / 1_000
        // Who could not send in time sends late, and the emulator sees late what came in time: the machine is to blame for
        // so many more in a second.
        const late = 2 * Math.floor((rate * stalled()) / 1_000)
        console.log(
          `${mostInOneSecond(times)} in the fullest second, ${(times.length / seconds).toFixed(1)} a second; ` +
            `the machine stalled for ${Math.round(stalled())} ms`
        )
        assert.isAtMost(mostInOneSecond(times), rate + 1 + late)
        // Otherwise it would say nothing: on their own, each would send 20.
        assert.isAtMost(late, 12)
        assert.isAtLeast(times.length / seconds, 0.5 * rate)
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    { timeout: 120_000, retry: 2 }
  )
})
