import { Timeline } from "@powerdrill-sessions/purge"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Schema } from "effect"

const outcomes = ["deleted", "notDeleted", "unknown", "vetoed"] as const
const from = Date.UTC(2026, 6, 1, 10)
const at = (seconds: number) => DateTime.makeUnsafe(from + seconds * 1000)

interface Ending {
  readonly outcome: keyof Timeline.Bucket
  readonly millis: number
}

const build = (endings: ReadonlyArray<Ending>) =>
  endings.reduce((timeline, { millis, outcome }) => {
    return Timeline.add(timeline, outcome, DateTime.makeUnsafe(from + millis))
  }, Timeline.empty)

/** The same buckets, counted one by one. */
const count = (timeline: Timeline.Timeline, endings: ReadonlyArray<Ending>) => {
  const width = Duration.toMillis(timeline.width)
  const start = timeline.startsAt === undefined ? 0 : DateTime.toEpochMillis(timeline.startsAt)
  return timeline.buckets.map((_, i) => {
    const inside = endings.filter(({ millis }) => Math.floor((from + millis - start) / width) === i)
    const of = (kind: keyof Timeline.Bucket) => inside.filter(({ outcome }) => outcome === kind).length
    return { deleted: of("deleted"), notDeleted: of("notDeleted"), unknown: of("unknown"), vetoed: of("vetoed") }
  })
}

describe("Timeline", () => {
  it("has a bucket for each second, without a gap", () => {
    const timeline = build([
      { outcome: "deleted", millis: 0 },
      { outcome: "unknown", millis: 999 },
      { outcome: "vetoed", millis: 2000 }
    ])
    assert.deepStrictEqual(timeline.buckets, [
      { deleted: 1, notDeleted: 0, unknown: 1, vetoed: 0 },
      { deleted: 0, notDeleted: 0, unknown: 0, vetoed: 0 },
      { deleted: 0, notDeleted: 0, unknown: 0, vetoed: 1 }
    ])
    assert.deepStrictEqual(timeline.startsAt, at(0))
  })

  it("doubles the width of its buckets when there would be more than 120", () => {
    const full = build([
      { outcome: "deleted", millis: 0 },
      { outcome: "deleted", millis: 119_999 }
    ])
    assert.deepStrictEqual([full.buckets.length, Duration.toSeconds(full.width)], [120, 1])
    const doubled = Timeline.add(full, "deleted", at(120))
    assert.deepStrictEqual([doubled.buckets.length, Duration.toSeconds(doubled.width)], [61, 2])
  })

  it("takes what ended before its beginning", () => {
    const timeline = Timeline.add(Timeline.add(Timeline.empty, "deleted", at(10)), "unknown", at(5))
    assert.deepStrictEqual(timeline.startsAt, at(5))
    assert.strictEqual(timeline.buckets.length, 6)
  })

  it.prop(
    "loses nothing, stays small, and does not depend on the order",
    [
      Schema.Array(
        Schema.Struct({
          outcome: Schema.Literals(outcomes),
          // From a second to a third of a year on either side.
          millis: Schema.Int.check(Schema.isBetween({ minimum: -10_000_000_000, maximum: 10_000_000_000 })),
          shift: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 24 }))
        })
      )
    ],
    ([wide]) => {
      const endings = wide.map(({ millis, outcome, shift }) => ({ outcome, millis: Math.trunc(millis / 2 ** shift) }))
      const timeline = build(endings)
      assert.isAtMost(timeline.buckets.length, 120)
      for (const kind of outcomes) {
        assert.strictEqual(Timeline.total(timeline)[kind], endings.filter(({ outcome }) => outcome === kind).length)
      }
      assert.deepStrictEqual(timeline.buckets, count(timeline, endings))
      assert.deepStrictEqual(build(endings.toReversed()), timeline)
      // As narrow as can be: with half the width it would not fit, or it is a second.
      const seconds = Duration.toSeconds(timeline.width)
      assert.isTrue(seconds === 1 || timeline.buckets.length > 60)
    }
  )

  it("takes a million outcomes in constant memory", () => {
    let timeline = Timeline.empty
    for (let i = 0; i < 1_000_000; i++) timeline = Timeline.add(timeline, "deleted", at(i / 20))
    assert.strictEqual(Timeline.total(timeline).deleted, 1_000_000)
    assert.isAtMost(timeline.buckets.length, 120)
  })
})
