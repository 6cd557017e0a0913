import { assert, describe, it } from "@effect/vitest"
import type { Ledger, PurgeEvent } from "@powerdrill-sessions/purge"
import { exitCodeOf } from "../src/PurgeRun.ts"

const none: Ledger.Counts = {
  planned: 10,
  deleted: 10,
  notDeleted: 0,
  unknown: 0,
  vetoed: 0,
  unprocessed: 0,
  byDisposition: { deleted: 10, "absent-after-unknown": 0, "already-absent": 0 },
  byError: {}
}

describe("the exit code of a purge", () => {
  const cases: ReadonlyArray<
    readonly [
      says: string,
      counts: Partial<Ledger.Counts>,
      reason: PurgeEvent.Ended["reason"],
      signal: "SIGINT" | "SIGTERM" | undefined,
      code: number
    ]
  > = [
    ["all deleted", {}, "finished", undefined, 0],
    ["a signal, even when all are deleted", {}, "halted", "SIGINT", 130],
    ["SIGTERM", { unknown: 1 }, "halted", "SIGTERM", 143],
    ["a refused key before all else", { unknown: 1, notDeleted: 1 }, "unauthorized", undefined, 4],
    ["one that is forbidden", { notDeleted: 1, byError: { Forbidden: 1 } }, "finished", undefined, 4],
    ["unknown before not deleted", { unknown: 1, notDeleted: 1 }, "finished", undefined, 3],
    ["not deleted before vetoed", { vetoed: 1, notDeleted: 1 }, "finished", undefined, 1],
    ["not begun", { unprocessed: 1 }, "halted", undefined, 1],
    ["too many failures", { unprocessed: 1 }, "failures", undefined, 1],
    ["vetoed", { vetoed: 1 }, "finished", undefined, 5],
    ["the entire run is vetoed", { unprocessed: 9 }, "vetoed", undefined, 5],
    ["cancelled", { unprocessed: 9 }, "cancelled", undefined, 5],
    ["cancelled, and one is unknown", { unprocessed: 9, unknown: 1 }, "cancelled", undefined, 3]
  ]
  for (const [says, counts, reason, signal, code] of cases) {
    it(`${code}: ${says}`, () => {
      const all = { ...none, ...counts }
      assert.strictEqual(exitCodeOf(all, { _tag: "Ended", reason, counts: all }, signal), code)
    })
  }
})
