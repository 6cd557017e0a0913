import { assert, describe, it } from "@effect/vitest"
import { type Line, skipped } from "../src/Line.ts"
import type { Signal } from "../src/Stop.ts"
import { Tally } from "../src/Tally.ts"

const line = (outcome: Line["outcome"], tag?: "Unauthorized" | "Forbidden" | "BadRequest"): Line => ({
  ...skipped("a"),
  outcome,
  error: tag === undefined ? null : { tag, code: null, httpStatus: null, message: "" }
})

const exitCode = (lines: ReadonlyArray<Line>, signal?: Signal) => {
  const tally = new Tally(lines.length)
  for (const each of lines) tally.add(each)
  return tally.exitCode(signal)
}

describe("Tally", () => {
  it("B30 the exit code is the most urgent of those that apply: 130/143, 4, 3, 1, 5", () => {
    const everything = [
      line("deleted"),
      line("vetoed"),
      line("not-deleted", "BadRequest"),
      line("unknown"),
      line("not-deleted", "Forbidden")
    ]
    assert.strictEqual(exitCode(everything, "SIGINT"), 130)
    assert.strictEqual(exitCode(everything, "SIGTERM"), 143)
    assert.strictEqual(exitCode(everything), 4)
    assert.strictEqual(exitCode([line("not-deleted", "Unauthorized"), line("skipped")]), 4)
    assert.strictEqual(exitCode(everything.slice(0, 4)), 3)
    assert.strictEqual(exitCode(everything.slice(0, 3)), 1)
    assert.strictEqual(exitCode(everything.slice(0, 2)), 5)
    assert.strictEqual(exitCode(everything.slice(0, 1)), 0)
    assert.strictEqual(exitCode([line("deleted"), line("skipped")]), 1)
  })

  it("counts apart what was not there", () => {
    const tally = new Tally(2)
    tally.add({ ...line("deleted"), disposition: "already-absent" })
    assert.isTrue(tally.foundNothing)
    tally.add(line("deleted"))
    assert.isFalse(tally.foundNothing)
    assert.strictEqual(String(tally), "1 deleted, 1 not there")
    assert.strictEqual(tally.exitCode(undefined), 0)
  })

  it("counts every id once", () => {
    const tally = new Tally(3)
    for (const outcome of ["deleted", "deleted", "not-deleted"] as const) tally.add(line(outcome))
    assert.strictEqual(tally.done, 3)
    assert.strictEqual(String(tally), "2 deleted, 1 not deleted")
    assert.strictEqual(String(new Tally(0)), "0 deleted")
  })
})
