import { assert, describe, it } from "@effect/vitest"
import { NodeFileSystem } from "@effect/platform-node"
import { ReadFailed, Sessions, SessionSummary } from "@powerdrill-sessions/core"
import { Ledger, Purge, Report, SqliteClient, Verification } from "@powerdrill-sessions/purge"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { planOf } from "./support/plans.ts"

/** A server that deletes, that can be given sessions behind its back, and that counts what it is asked. */
const server = (ids: ReadonlyArray<string>) => {
  const there = new Set(ids)
  const asked = { listings: 0, finds: 0 }
  let broken = false
  const failed = new ReadFailed({ reason: "unstable", read: "list", attempts: 1 })
  const summary = (id: string) => new SessionSummary({ id })
  const layer = Sessions.layerTest(
    ({ sessionId }) => Effect.sync(() => (there.delete(sessionId), "deleted" as const)),
    {
      list: () =>
        Stream.suspend(() => {
          asked.listings++
          const rows = Stream.map(Stream.fromIterable([...there]), summary)
          return broken ? Stream.concat(rows, Stream.fail(failed)) : rows
        }),
      find: ({ sessionId }) =>
        Effect.suspend(() => {
          asked.finds++
          if (broken) return Effect.fail(failed)
          return Effect.succeed(there.has(sessionId) ? Option.some(summary(sessionId)) : Option.none())
        })
    }
  )
  return { asked, break: () => void (broken = true), mend: () => void (broken = false), layer, there }
}

const verify = Stream.runCollect(Verification.run()).pipe(
  Effect.map((all) => all.map(({ reading, sessionId }) => `${sessionId} ${reading}`))
)

const provided = (plan: ReturnType<typeof planOf>, sessions: Layer.Layer<Sessions>) =>
  Layer.merge(
    Layer.provide(Ledger.layer(plan), [SqliteClient.layer({ filename: ":memory:" }), NodeFileSystem.layer]),
    sessions
  )

describe("Verification", () => {
  it.effect("says of each session whether it is gone, still there, or there again; the ledger knows", () => {
    const plan = planOf(["a", "b", "c", "d"])
    const { asked, layer, there } = server(["a", "b", "c", "d"])
    return Effect.gen(function* () {
      const ledger = yield* Ledger
      yield* Stream.runDrain(Purge.run(plan))
      there.add("b")
      assert.deepStrictEqual(yield* verify, ["a absent", "b present", "c absent", "d absent"])
      assert.deepStrictEqual(asked, { listings: 1, finds: 0 })
      there.add("c")
      assert.deepStrictEqual(yield* verify, ["a absent", "b present", "c reappeared", "d absent"])
      // What has appeared again stays what it is.
      assert.deepStrictEqual(yield* verify, ["a absent", "b present", "c reappeared", "d absent"])
      assert.deepStrictEqual(yield* ledger.readings, {
        acknowledged: 0,
        verifiedAbsent: 2,
        stillThere: 1,
        reappeared: 1,
        notCheckable: 0
      })
      yield* ledger.verify
    }).pipe(Effect.provide(provided(plan, layer)))
  })

  it.effect("reads a few one by one, and many in one listing, however many pages of the ledger they fill", () => {
    const few = planOf(["a", "b"])
    const many = planOf(Array.from({ length: 1201 }, (_, index) => `s${index}`))
    const one = server([])
    const other = server(["s7"])
    return Effect.gen(function* () {
      yield* Effect.provide(verify, provided(few, one.layer))
      assert.deepStrictEqual(one.asked, { listings: 0, finds: 2 })
      const read = yield* Effect.provide(verify, provided(many, other.layer))
      assert.deepStrictEqual(other.asked, { listings: 1, finds: 0 })
      assert.strictEqual(read.length, 1201)
      assert.deepStrictEqual(
        read.filter((one) => !one.endsWith(" absent")),
        ["s7 present"]
      )
    })
  })

  for (const ids of [
    ["a", "b"],
    ["a", "b", "c"]
  ]) {
    it.effect(`says nothing of ${ids.length} where the reading fails, not even of what it has seen`, () => {
      const plan = planOf(ids)
      const { break: break_, layer } = server(ids)
      break_()
      return Effect.gen(function* () {
        const all = yield* Stream.runCollect(Verification.run())
        for (const { message, reading } of all) {
          assert.strictEqual(reading, "unclear")
          assert.include(message, "came and went")
        }
        assert.strictEqual(all.length, ids.length)
      }).pipe(Effect.provide(provided(plan, layer)))
    })
  }
})

describe("what was seen", () => {
  const readings = Ledger.use((ledger) => ledger.readings)
  const none = { acknowledged: 0, verifiedAbsent: 0, stillThere: 0, reappeared: 0, notCheckable: 0 }

  it.effect("before a session was deleted says nothing of it afterwards", () => {
    const plan = planOf(["a", "b"])
    const { layer } = server(["a", "b"])
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* verify, ["a present", "b present"])
      yield* Stream.runDrain(Purge.run(plan))
      assert.deepStrictEqual(yield* readings, { ...none, acknowledged: 2 })
      const report = yield* Report.ofLedger()
      assert.deepStrictEqual(yield* Stream.runCollect(report.exceptions), [])
      yield* Ledger.use((ledger) => ledger.verify)
    }).pipe(Effect.provide(provided(plan, layer)))
  })

  it.effect("is not hidden by a look that failed", () => {
    const plan = planOf(["a", "b"])
    const { break: break_, layer, mend, there } = server(["a", "b"])
    return Effect.gen(function* () {
      yield* Stream.runDrain(Purge.run(plan))
      yield* verify
      break_()
      assert.deepStrictEqual(yield* verify, ["a unclear", "b unclear"])
      assert.deepStrictEqual(yield* readings, { ...none, verifiedAbsent: 2 })
      mend()
      there.add("a")
      assert.deepStrictEqual(yield* verify, ["a reappeared", "b absent"])
      assert.deepStrictEqual(yield* readings, { ...none, verifiedAbsent: 1, reappeared: 1 })
      yield* Ledger.use((ledger) => ledger.verify)
    }).pipe(Effect.provide(provided(plan, layer)))
  })
})

describe("a report of a ledger", () => {
  const decode = Schema.decodeEffect(Schema.fromJsonString(Report.Document))
  const document = Effect.flatMap(
    Effect.flatMap(
      Ledger.use(({ verify }) => verify),
      (verified) => Report.ofLedger({ verified })
    ),
    (report) => Effect.flatMap(Stream.mkString(Report.json(report)), decode)
  )

  it.effect("has what the entries have", () => {
    const plan = planOf(["a", "b", "c"])
    const { layer, there } = server(["a", "b", "c"])
    return Effect.gen(function* () {
      const ledger = yield* Ledger
      const before = yield* document
      assert.strictEqual(before.run.state, "not begun")
      assert.deepStrictEqual(
        before.exceptions.map(({ outcome, sessionId }) => `${sessionId} ${outcome}`),
        ["a unprocessed", "b unprocessed", "c unprocessed"]
      )
      yield* Stream.runDrain(Purge.run(plan))
      there.add("b")
      yield* verify
      const { counts, exceptions, ledger: said, problems, readings, run, timeline } = yield* document
      assert.deepStrictEqual(said, { head: (yield* ledger.verify).hash, entries: 12, verified: true })
      assert.strictEqual(run.state, "finished")
      assert.strictEqual(counts.deleted, 3)
      assert.deepStrictEqual(readings, {
        acknowledged: 0,
        verifiedAbsent: 2,
        stillThere: 1,
        reappeared: 0,
        notCheckable: 0
      })
      assert.deepStrictEqual(
        exceptions.map(({ outcome, reading, sessionId }) => `${sessionId} ${outcome} ${reading}`),
        ["b deleted still-there"]
      )
      assert.strictEqual(timeline.buckets[0]?.deleted, 3)
      assert.deepStrictEqual(problems, [])
    }).pipe(Effect.provide(provided(plan, layer)))
  })
})
