import { assert, describe, it } from "@effect/vitest"
import type { Ledger } from "@powerdrill-sessions/purge"
import { bar, fit, inWords, outcomes, Progress, sum } from "../src/Progress.ts"

const counts = (some: Partial<Ledger.Counts>): Ledger.Counts => ({
  planned: 100,
  deleted: 0,
  notDeleted: 0,
  unknown: 0,
  vetoed: 0,
  unprocessed: 100,
  byDisposition: { deleted: 0, "absent-after-unknown": 0, "already-absent": 0 },
  byError: {},
  ...some
})

describe("Progress", () => {
  it("counts by outcome, the rate of late, the budget and the time that is left", () => {
    const progress = new Progress(counts({}), 20, 0)
    assert.strictEqual(progress.toLine(200, 500), "[------------------------] 0/100  0 deleted  0.0/s of 20")
    for (let n = 1; n <= 50; n++) {
      progress.settle(counts({ deleted: n - 1, unknown: 1, unprocessed: 100 - n }), n * 100)
    }
    assert.strictEqual(
      progress.toLine(200, 5000),
      "[############------------] 50/100  49 deleted, 1 unknown  10.0/s of 20  5s left"
    )
    progress.pause(true)
    assert.match(progress.toLine(200, 5000), / {2}paused$/)
  })

  it("the rate is that of late: a slow beginning does not count for ever", () => {
    const progress = new Progress(counts({ planned: 10_000 }), Infinity, 0)
    progress.settle(counts({}), 60_000)
    for (let n = 1; n <= 600; n++) progress.settle(counts({}), 60_000 + n * 100)
    assert.approximately(progress.perSecond(120_000), 10, 0.5)
    assert.notInclude(progress.toLine(200, 120_000), " of ")
  })

  it("a narrow terminal gets the figures first, and never more than its columns", () => {
    const progress = new Progress(counts({ deleted: 50, unprocessed: 50 }), 20, 0)
    assert.strictEqual(progress.toLine(40, 500), "50/100  50 deleted  0.0/s of 20")
    assert.strictEqual(progress.toLine(20, 500), "50/100  50 deleted")
    for (let columns = 0; columns < 80; columns++) assert.isAtMost(progress.toLine(columns, 500).length, columns)
  })

  it("has all counts and their sum, and a bar for any total", () => {
    assert.strictEqual(
      sum(
        counts({
          deleted: 3,
          unprocessed: 97,
          byDisposition: { deleted: 1, "absent-after-unknown": 0, "already-absent": 2 }
        })
      ),
      "3 deleted (2 of them not there to begin with) + 0 not deleted + 0 unknown + 0 vetoed + 97 not begun = 100 planned"
    )
    assert.strictEqual(outcomes(counts({ notDeleted: 1, vetoed: 2 })), "0 deleted, 1 not deleted, 2 vetoed")
    assert.match(bar(0, 0), /^\[#{24}\] 0\/0$/)
    assert.strictEqual(fit([], 10), "")
  })

  for (const [seconds, words] of [
    [0.2, "1s"],
    [59, "59s"],
    [61, "2m"],
    [3600, "1h 0m"],
    [12_000, "3h 20m"]
  ] as const) {
    it(`${seconds} seconds are ${words}`, () => assert.strictEqual(inWords(seconds), words))
  }
})
