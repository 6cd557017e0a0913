import { assert, describe, it } from "@effect/vitest"
import * as Pace from "../../src/internal/pace.ts"

/** Requests per second. */
const rate = (pace: Pace.Pace, now: number) => 1_000 / pace.interval(now)

const grant = (pace: Pace.Pace, times: ReadonlyArray<number>) => times.forEach((at) => pace.granted(at))

/** So many grants, one each 50 ms, the first of them at a time. */
const steady = (pace: Pace.Pace, from: number, count: number) =>
  grant(
    pace,
    Array.from({ length: count }, (_, index) => from + 50 * index)
  )

/** At 10 s one request is refused, and 10 were granted in the second before that. */
const refusedAtTen = () => {
  const pace = Pace.make(20)
  pace.granted(8_999)
  steady(pace, 9_000, 10)
  pace.refused(10_000, 0)
  return pace
}

describe("pace", () => {
  it("asks at 0.97 of the documented rate while that is granted", () => {
    const pace = Pace.make(20)
    assert.closeTo(rate(pace, 0), 19.4, 1e-9)
    steady(pace, 0, 200)
    assert.closeTo(rate(pace, 10_000), 19.4, 1e-9)
    assert.strictEqual(pace.haltedFor(10_000), 0)
  })

  it("a refusal stops everyone for four intervals, and sets the pace that was granted in the last second", () => {
    const pace = refusedAtTen()
    assert.closeTo(rate(pace, 10_000), 0.97 * 10, 1e-9)
    assert.strictEqual(pace.haltedFor(10_000), Math.ceil(4_000 / 19.4))
  })

  it("what was granted is counted for a whole second, however much that is", () => {
    const pace = Pace.make(20)
    steady(pace, 6_000, 31)
    grant(
      pace,
      Array.from({ length: 10 }, () => 9_100)
    )
    pace.granted(9_990)
    pace.refused(10_000, 0)
    assert.closeTo(rate(pace, 10_000), 0.97 * 11, 1e-9)
  })

  it("what was granted is counted where it is very much, and what is long past is forgotten", () => {
    const pace = Pace.make(400)
    for (let at = 5_000; at < 10_000; at += 5) pace.granted(at)
    pace.refused(10_000, 0)
    assert.closeTo(rate(pace, 10_000), 0.97 * 200, 1e-9)
  })

  it("halts are over when they are over", () => {
    const pace = refusedAtTen()
    const halt = pace.haltedFor(10_000)
    assert.strictEqual(pace.haltedFor(10_000 + halt - 1), 1)
    assert.strictEqual(pace.haltedFor(10_000 + halt), 0)
    assert.strictEqual(pace.haltedFor(20_000), 0)
  })

  it("is never earlier than Retry-After says, and not later where that is shorter", () => {
    const pace = Pace.make(20)
    pace.refused(1_000, 3_000.5)
    assert.strictEqual(pace.haltedFor(1_000), 3_001)
    pace.refused(1_500, 1)
    assert.strictEqual(pace.haltedFor(1_500), 2_501)
    pace.refused(2_000, 5_000)
    assert.strictEqual(pace.haltedFor(2_000), 5_000)
  })

  it("requests that were under way when the first was refused say nothing new", () => {
    const pace = refusedAtTen()
    const before = [rate(pace, 10_050), pace.haltedFor(10_050)]
    for (let i = 0; i < 10; i++) pace.refused(10_050, 0)
    assert.deepStrictEqual([rate(pace, 10_050), pace.haltedFor(10_050)], before)
  })

  it("while nothing is granted, each halt is twice as long, up to two seconds, and the pace is kept", () => {
    const pace = Pace.make(20)
    let now = 10_000
    pace.refused(now, 0)
    const halts: Array<number> = []
    const paces = new Set<number>()
    for (let i = 0; i < 7; i++) {
      halts.push(pace.haltedFor(now))
      paces.add(rate(pace, now))
      now += pace.haltedFor(now)
      pace.refused(now, 0)
    }
    const first = 4_000 / 19.4
    assert.deepStrictEqual(
      halts,
      [1, 2, 4, 8, 16, 32, 64].map((times) => Math.ceil(Math.min(2_000, times * first)))
    )
    assert.strictEqual(paces.size, 1)
  })

  it("who asked little is not slowed down by more than half", () => {
    const pace = Pace.make(20)
    pace.granted(9_500)
    pace.refused(10_000, 0)
    assert.closeTo(rate(pace, 10_000), 9.7, 1e-9)
  })

  it("who asked much is slowed down to what was granted, and at least one request in two seconds", () => {
    const pace = Pace.make(20)
    pace.refused(0, 0)
    assert.closeTo(rate(pace, 0), 0.5, 1e-9)
  })

  it("what was asked counts from the end of the last halt", () => {
    const pace = Pace.make(20)
    pace.granted(9_950)
    pace.refused(10_000, 0)
    const resumed = 10_000 + pace.haltedFor(10_000)
    assert.closeTo(rate(pace, resumed), 9.7, 1e-9)
    // Three in 800 ms: less than half of the pace. Four in 300 ms are more than the pace, so the grants decide.
    grant(pace, [resumed, resumed + 200])
    pace.refused(resumed + 800, 0)
    assert.closeTo(rate(pace, resumed + 800), 9.7 / 2, 1e-9)
    const busy = Pace.make(20)
    busy.refused(10_000, 0)
    grant(busy, [resumed, resumed + 100, resumed + 200])
    busy.refused(resumed + 300, 0)
    assert.closeTo(rate(busy, resumed + 300), 0.97 * 3, 1e-9)
  })

  it("keeps the granted pace for three seconds, and then grows by half each second up to the fastest", () => {
    const pace = Pace.make(20)
    pace.granted(9_500)
    pace.refused(10_000, 0)
    const resumed = 10_000 + pace.haltedFor(10_000)
    assert.closeTo(rate(pace, resumed + 3_000), 9.7, 1e-9)
    assert.closeTo(rate(pace, resumed + 4_000), 9.7 * 1.5, 1e-9)
    assert.closeTo(rate(pace, resumed + 5_000), 19.4, 1e-9)
    assert.closeTo(rate(pace, resumed + 60_000), 19.4, 1e-9)
  })

  it("is kept twice as long, six seconds at most, each time that climbing was refused", () => {
    const pace = Pace.make(20)
    pace.granted(9_500)
    pace.refused(10_000, 0)
    let heldUntil = 10_000 + pace.haltedFor(10_000) + 3_000
    for (const hold of [6_000, 6_000]) {
      const now = heldUntil + 500
      assert.isAbove(rate(pace, now), rate(pace, now - 500))
      grant(pace, [now - 200, now - 100])
      pace.refused(now, 0)
      const resumed = now + pace.haltedFor(now)
      const granted = rate(pace, resumed)
      assert.closeTo(rate(pace, resumed + hold), granted, 1e-9)
      assert.isAbove(rate(pace, resumed + hold + 100), granted)
      heldUntil = resumed + hold
    }
  })

  it("is kept for three seconds again once it was back at the fastest", () => {
    const pace = Pace.make(20)
    pace.granted(9_500)
    pace.refused(10_000, 0)
    pace.granted(13_600)
    pace.refused(13_700, 0)
    pace.granted(59_500)
    pace.refused(60_000, 0)
    const resumed = 60_000 + pace.haltedFor(60_000)
    const kept = rate(pace, resumed)
    assert.closeTo(rate(pace, resumed + 3_000), kept, 1e-9)
    assert.isAbove(rate(pace, resumed + 3_100), kept)
  })

  it("a refusal never makes it faster", () => {
    const pace = Pace.make(20)
    pace.granted(9_500)
    pace.refused(10_000, 0)
    const now = 10_000 + pace.haltedFor(10_000)
    for (let i = 0; i < 30; i++) pace.granted(now + i)
    pace.refused(now + 30, 0)
    assert.closeTo(rate(pace, now + 30), 9.7, 1e-9)
  })
})
