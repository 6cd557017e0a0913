/**
 * A whole list out of pages: servers of several habits, and sessions that come and go between the pages.
 */
import { SessionSummary } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Listing from "../../src/internal/listing.ts"
import type { Page } from "../../src/internal/page.ts"

const session = (id: string) => new SessionSummary({ id })
const ids = (count: number, prefix = "s") => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** How a server answers: which part of its list, and what it says of it. */
type Habit = (
  all: ReadonlyArray<string>,
  asked: { readonly pageNumber: number; readonly pageSize: number }
) => { readonly records: ReadonlyArray<string>; readonly total: number; readonly pageSize?: number }

const honest: Habit = (all, { pageNumber, pageSize }) => ({
  records: all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize),
  total: all.length,
  pageSize
})
const capped =
  (cap: number): Habit =>
  (all, { pageNumber, pageSize }) =>
    honest(all, { pageNumber, pageSize: Math.min(pageSize, cap) })

/** Lists to the end; `between` changes what is there after each page. */
const list = (habit: Habit, all: Array<string>, between: () => void = () => {}) => {
  const listing = Listing.make()
  const told: Array<string> = []
  for (let reads = 1; ; reads++) {
    assert.isBelow(reads, 10_000, "It does not end.")
    const { pageSize, records, total } = habit(all, listing.ask())
    const page: Page = { records: records.map(session), total, pageSize }
    const { fresh, next } = listing.take(page)
    told.push(...fresh.map(({ id }) => id))
    if (next !== "read") return { told, next, reads }
    between()
  }
}

describe("a list in which nothing changes", () => {
  const habits: ReadonlyArray<readonly [what: string, habit: Habit]> = [
    ["gives what was asked for", honest],
    ["caps pages to 50 and says so", capped(50)],
    ["caps pages to 10 and says so", capped(10)],
    ["caps pages to 1", capped(1)],
    ["caps pages and says nothing", (all, asked) => ({ ...capped(10)(all, asked), pageSize: asked.pageSize })],
    [
      "does not say how large a page is",
      (all, asked) => {
        const { records, total } = capped(10)(all, asked)
        return { records, total }
      }
    ],
    [
      "cuts pages off, and counts them as they were asked for",
      (all, { pageNumber, pageSize }) => {
        const first = (pageNumber - 1) * pageSize
        return { records: all.slice(first, first + Math.min(pageSize, 10)), total: all.length, pageSize }
      }
    ],
    ["gives all of it on every page", (all) => ({ records: all, total: all.length, pageSize: 10 })],
    [
      "counts pages, not sessions",
      (all, asked) => ({ ...honest(all, asked), total: Math.ceil(all.length / asked.pageSize) })
    ],
    [
      "counts pages of a size of its own, and does not say it",
      (all, asked) => {
        const { records } = capped(10)(all, asked)
        return { records, total: Math.ceil(all.length / Math.min(asked.pageSize, 10)) }
      }
    ],
    [
      "counts pages of a size of its own",
      (all, asked) => ({ ...capped(10)(all, asked), total: Math.ceil(all.length / Math.min(asked.pageSize, 10)) })
    ]
  ]
  for (const [what, habit] of habits) {
    for (const count of [0, 1, 2, 9, 10, 11, 50, 95, 99, 100, 101, 200, 250]) {
      it(`is read whole from a server that ${what}: ${count}`, () => {
        const { next, told } = list(habit, ids(count))
        assert.strictEqual(next, "done")
        assert.deepStrictEqual(told, ids(count))
      })
    }
  }

  it("takes one request where it fits on a page, and each page twice where it does not", () => {
    assert.strictEqual(list(honest, []).reads, 1)
    assert.strictEqual(list(honest, ids(99)).reads, 1)
    // A page that is full may not be the last.
    assert.strictEqual(list(honest, ids(100)).reads, 2)
    assert.strictEqual(list(honest, ids(101)).reads, 4)
    assert.strictEqual(list(honest, ids(250)).reads, 6)
  })
})

describe("a server that cannot be read whole", () => {
  const cases: ReadonlyArray<readonly [what: string, habit: Habit, next: Listing.Next]> = [
    [
      "shows its first page for ever",
      (all, { pageSize }) => ({ ...honest(all, { pageNumber: 1, pageSize }), total: 1_000 }),
      "no-progress"
    ],
    ["shows nothing and says that there is more", () => ({ records: [], total: 3 }), "no-progress"],
    [
      "shows nothing after its first page",
      (all, asked) => (asked.pageNumber === 1 ? honest(all, asked) : { records: [], total: all.length }),
      "no-progress"
    ],
    ["counts more than it shows", (all, asked) => ({ ...honest(all, asked), total: all.length + 1 }), "no-progress"],
    [
      "leaves out the last of a page in the middle",
      (all, asked) => {
        const page = honest(all, asked)
        return asked.pageNumber === 2 ? { ...page, records: page.records.slice(0, -1) } : page
      },
      "no-progress"
    ],
    ["shows a session twice on one page", () => ({ records: ["a", "b", "a"], total: 3, pageSize: 100 }), "unstable"]
  ]
  for (const [what, habit, next] of cases) {
    it(`fails after a few passes where it ${what}`, () => {
      const ending = list(habit, ids(250))
      assert.strictEqual(ending.next, next)
      assert.isBelow(ending.reads, 30)
    })
  }

  it("fails where sessions change places for ever", () => {
    const all = ids(250)
    const turn = () => void all.unshift(...all.splice(100, 1))
    assert.strictEqual(list(honest, all, turn).next, "unstable")
  })

  it("fails where each pass has another order, although all is shown", () => {
    const all = ids(250)
    const turning: Habit = (all_, asked) => honest(asked.pageNumber === 1 ? all.reverse() : all_, asked)
    const { next, told } = list(turning, all)
    assert.strictEqual(next, "unstable")
    assert.strictEqual(told.length, 250)
  })
})

describe("sessions that come and go", () => {
  it("one that moves up past the edge of a page is found in the next pass", () => {
    const all = ids(201)
    let reads = 0
    // One vanishes at the front and one comes at the end: the total says nothing.
    const { next, told } = list(honest, all, () => {
      if (++reads === 1) all.push(all.shift() === undefined ? "" : "new")
    })
    assert.strictEqual(next, "done")
    assert.sameMembers(told, [...ids(201), "new"])
  })

  it("one is found, too, where as many pages are counted as the first of them holds", () => {
    const all = ids(95)
    const pages: Habit = (all_, asked) => ({ ...capped(10)(all_, asked), total: Math.ceil(all_.length / 10) })
    let reads = 0
    const { next, told } = list(pages, all, () => {
      if (++reads === 1) all.shift()
    })
    assert.strictEqual(next, "done")
    assert.sameMembers(told, ids(95))
  })

  it("new ones at the front do not hinder it", () => {
    const all = ids(250)
    let count = 0
    const { next, told } = list(honest, all, () => void all.unshift(`new${count++}`))
    assert.strictEqual(next, "unstable")
    assert.includeMembers(told, ids(250))
    count = 0
    const calm = ids(250)
    const late = list(honest, calm, () => void (count++ === 4 && calm.unshift("new")))
    assert.strictEqual(late.next, "done")
    assert.includeMembers(late.told, ids(250))
  })

  it("gives up where they never stop", () => {
    const all = ids(1_000)
    assert.strictEqual(list(honest, all, () => void all.shift()).next, "unstable")
  })

  const Change = Schema.Union([
    Schema.TaggedStruct("Vanish", { at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 })) }),
    Schema.TaggedStruct("Appear", { at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 })) })
  ])
  const Changes = Schema.Array(Schema.Array(Change).check(Schema.isMaxLength(4))).check(Schema.isMaxLength(12))
  const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

  let done = 0
  it.prop(
    "what was there all the time is listed exactly once, or the listing fails",
    [small(40), small(12), Changes],
    ([count, cap, changes]) => {
      const all = ids(count)
      const stayed = new Set(all)
      let born = 0
      const rest = [...changes]
      const { next, told } = list(capped(cap + 1), all, () => {
        for (const change of rest.shift() ?? []) {
          if (change._tag === "Appear") all.splice(change.at % (all.length + 1), 0, `new${born++}`)
          else if (all.length > 0) for (const id of all.splice(change.at % all.length, 1)) stayed.delete(id)
        }
      })
      assert.strictEqual(new Set(told).size, told.length)
      if (next === "done") {
        done++
        assert.includeMembers(told, [...stayed])
      }
    },
    { arbitrary: { runs: 3_000 } }
  )

  it("most of these listings do end", () => {
    assert.isAbove(done, 1_000)
  })
})
