import { Report, Timeline } from "@powerdrill-sessions/purge"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema, Stream } from "effect"
import { palettes, contrasts } from "../src/internal/reportStyle.ts"
import { broken, counts, exception, hostile, report, summary, tiny, varied } from "./support/reports.ts"

const render = <E, R>(stream: Stream.Stream<string, E, R>) => Stream.mkString(stream)
const decode = Schema.decodeEffect(Schema.fromJsonString(Report.Document))
const verdictOf = (...args: Parameters<typeof summary>) => Report.verdict(summary(...args)).join(" ")

describe("verdict", () => {
  it("says what became of the sessions, the headline first", () => {
    assert.deepStrictEqual(Report.verdict(summary({ deleted: 148, notDeleted: 1, unknown: 1 })), [
      "148 of 150 sessions are deleted.",
      "1 is not deleted.",
      "1 is unknown: ask again, it is safe."
    ])
  })

  const cases: ReadonlyArray<readonly [words: string, ...Parameters<typeof summary>]> = [
    ["The plan names no session.", {}],
    ["The one session is deleted.", { deleted: 1 }],
    ["All 1,234,567 sessions are deleted.", { deleted: 1234567 }],
    ["1 of 2 sessions is deleted. 1 is vetoed: nothing was sent.", { deleted: 1, vetoed: 1 }],
    ["The one session is not deleted. 1 is not deleted.", { notDeleted: 1 }],
    ["None of the 2 sessions is deleted. 2 are not deleted.", { notDeleted: 2 }],
    ["The one session is not known to be deleted. 1 is unknown: ask again, it is safe.", { unknown: 1 }],
    ["None of the 3 sessions is known to be deleted. 2 are unprocessed.", { unprocessed: 2, planned: 3 }],
    ["Nothing has been sent yet for the 3 sessions of the plan.", { unprocessed: 3 }, { run: { state: "not begun" } }],
    [
      "1 of 3 sessions is deleted. 2 are unprocessed so far. The run goes on.",
      { deleted: 1, unprocessed: 2 },
      { run: { state: "running" } }
    ],
    [
      "1 of 3 sessions is deleted. 2 are unprocessed. The run was cancelled.",
      { deleted: 1, unprocessed: 2 },
      { run: { state: "cancelled" } }
    ],
    [
      "1 of 2 sessions is deleted. 1 is unprocessed so far. The run is paused.",
      { deleted: 1, unprocessed: 1 },
      { run: { state: "paused" } }
    ],
    [
      "1 of 2 sessions is deleted. 1 is unprocessed. The run was stopped: 3 failures in a row.",
      { deleted: 1, unprocessed: 1 },
      { run: { state: "stopped", reason: "3 failures in a row." } }
    ],
    [
      "All 3 sessions are deleted. 2 are among the deleted, but had been absent before.",
      { deleted: 3, byDisposition: { deleted: 1, "absent-after-unknown": 0, "already-absent": 2 } }
    ],
    [
      "All 3 sessions are deleted. Read afterwards, all 3 were verified absent.",
      { deleted: 3 },
      { readings: { acknowledged: 0, verifiedAbsent: 3, stillThere: 0, reappeared: 0, notCheckable: 0 } }
    ],
    [
      "3 of 3 sessions are on record as deleted, but 2 of these were there when they were read afterwards. " +
        "1 is verified absent by a reading afterwards. 1 is still there: look at it. " +
        "1 is back after having been absent: look at it.",
      { deleted: 3 },
      { readings: { acknowledged: 0, verifiedAbsent: 1, stillThere: 1, reappeared: 1, notCheckable: 0 } }
    ]
  ]
  for (const [words, ...args] of cases) {
    it(`${words}`, () => assert.strictEqual(verdictOf(...args), words))
  }

  it.prop(
    "never says that all are deleted when not all are known to be",
    [Schema.Literals(["notDeleted", "unknown", "vetoed", "unprocessed"]), Schema.Natural, Schema.Natural],
    ([outcome, some, deleted]) => {
      const text = verdictOf({ deleted, [outcome]: some + 1 })
      assert.notMatch(text, /^All|^The one session is deleted/)
      assert.notMatch(verdictOf({ deleted, [outcome]: some + 1, planned: deleted }), /^All|^The one session is deleted/)
      if (outcome !== "unprocessed") assert.include(text, outcome === "notDeleted" ? "not deleted" : outcome)
    }
  )
})

describe("problems", () => {
  it("finds none where all adds up", () => {
    for (const fine of [varied(), tiny(), summary({})]) assert.deepStrictEqual(Report.problems(fine), [])
  })

  it("names everything that does not", () => {
    const { ledger, plan, ...others } = summary({ deleted: 3, planned: 5 })
    const found = Report.problems({
      ...others,
      ledger: { ...ledger, verified: false },
      plan: { ...plan, count: 4 },
      counts: counts({
        deleted: 3,
        planned: 5,
        byDisposition: { deleted: 1, "absent-after-unknown": 1, "already-absent": 0 }
      }),
      readings: { acknowledged: 0, verifiedAbsent: 1, stillThere: 0, reappeared: 0, notCheckable: 0 }
    })
    assert.deepStrictEqual(found, [
      "The ledger is not verified: its hashes were not checked, or do not fit.",
      "The outcomes add up to 3, but 5 sessions are planned.",
      "The plan names 4, but 5 sessions are planned in the ledger.",
      "The dispositions add up to 2, but 3 are deleted.",
      "The readings add up to 1, but 3 are deleted."
    ])
  })

  it.effect("are at the top of the page and of the text, and in the JSON", () =>
    Effect.gen(function* () {
      const html = yield* render(Report.html(broken()))
      const [head = ""] = html.split("</header>")
      const text = yield* render(Report.text(broken()))
      const { problems } = yield* Effect.flatMap(render(Report.json(broken())), decode)
      for (const words of ["The ledger is not verified", "add up to 150, but 151"]) {
        assert.include(head, words)
        assert.include(text, words)
        assert.include(problems.join(" "), words)
      }
      assert.include(html, "150 unprocessed ≠ 151 planned")
    })
  )

  it.effect("tell when the list is not as long as the counts say", () =>
    Effect.gen(function* () {
      const short = report(summary({ deleted: 1, unknown: 3 }), [exception(1), exception(2)])
      const words = "The ledger lists 2, but 3 sessions have to be listed, by the counts."
      assert.include(yield* render(Report.html(short)), words)
      assert.include((yield* render(Report.text(short))).replaceAll("\n", " "), words)
      assert.deepStrictEqual((yield* Effect.flatMap(render(Report.json(short)), decode)).problems, [words])
    })
  )
})

describe("json", () => {
  it.effect("is one document, and decodes to what went in", () =>
    Effect.gen(function* () {
      for (const one of [varied(), tiny(), broken()]) {
        const {
          exceptions,
          problems: _,
          report: version,
          ...others
        } = yield* Effect.flatMap(render(Report.json(one)), decode)
        const { exceptions: stream, ...expected } = one
        assert.strictEqual(version, 1)
        assert.deepStrictEqual(others, expected)
        assert.deepStrictEqual(exceptions, yield* Stream.runCollect(stream))
      }
    })
  )

  it.effect("is the same in whatever pieces the exceptions come, and so are page and text", () =>
    Effect.gen(function* () {
      const whole = varied()
      for (const output of [Report.json, Report.html, Report.text]) {
        const expected = yield* render(output(whole))
        for (const size of [1, 7]) {
          const pieces = { ...whole, exceptions: Stream.rechunk(whole.exceptions, size) }
          assert.strictEqual(yield* render(output(pieces)), expected)
        }
      }
    })
  )

  it.effect("has no problems where the list is as long as the counts say", () =>
    Effect.gen(function* () {
      for (const one of [varied(), tiny()]) {
        assert.deepStrictEqual((yield* Effect.flatMap(render(Report.json(one)), decode)).problems, [])
      }
    })
  )

  it.effect("has an exception to a line", () =>
    Effect.gen(function* () {
      const lines = (yield* render(Report.json(varied()))).trimEnd().split("\n")
      assert.strictEqual(lines.length, 54 + 2)
    })
  )
})

const rows = (html: string) => html.split(`<tr role="row"><th scope="row"`).length - 1

describe("html", () => {
  it.effect("shows the sum", () =>
    Effect.gen(function* () {
      const html = yield* render(Report.html(varied()))
      assert.include(html, "2,347 deleted + 12 not deleted + 37 unknown + 4 vetoed + 0 unprocessed = 2,400 planned")
    })
  )

  it.effect("lets nothing from outside out of its place", () =>
    Effect.gen(function* () {
      const base = summary({ deleted: 1, notDeleted: hostile.length })
      for (const text of hostile) {
        const html = yield* render(
          Report.html(
            report(
              {
                ...base,
                plan: { ...base.plan, baseUrl: text, selection: text, digest: text },
                ledger: { ...base.ledger, head: text },
                run: { state: "stopped", reason: text },
                counts: { ...base.counts, byError: { [text]: hostile.length } }
              },
              hostile.map((id, n) =>
                exception(n, {
                  sessionId: id,
                  userId: text,
                  error: text,
                  message: text,
                  traceId: text,
                  externalTraceId: text
                })
              )
            )
          )
        )
        assert.notMatch(html, /<(?:script|img|svg\/|b>|!--)/)
        assert.notMatch(html, /\p{Cs}|[\p{Cc}\p{Cf}\u00a0](?<!\n)/u)
        assert.strictEqual(html.split("</style>").length, 2)
        assert.strictEqual(rows(html), hostile.length)
      }
    })
  )

  it.effect("shows what cannot be seen by its code point", () =>
    Effect.gen(function* () {
      const html = yield* render(
        Report.html(report(summary({ unknown: 1 }), [exception(1, { sessionId: "a\u202eb\u{e0041}" })]))
      )
      assert.include(html, `a<span class="code-point">U+202E</span>b<span class="code-point">U+E0041</span>`)
      const text = yield* render(
        Report.text(report(summary({ unknown: 1 }), [exception(1, { sessionId: "a\u202eb<U+202E>" })]))
      )
      assert.include(text, "unknown: a<U+202E>b<U+003C>U+202E>\n")
    })
  )

  it.effect("loads nothing and runs nothing", () =>
    Effect.gen(function* () {
      const html = yield* render(Report.html(varied()))
      assert.include(
        html,
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'`
      )
      const tags = html.match(/<[a-z][^>]*>/g)?.join("\n") ?? ""
      assert.notMatch(tags, /<(?:script|link|img|iframe|object|embed|form|a)\b|\s(?:src|href|on\w+|style)=/)
      assert.notMatch(html, /@import|url\((?!#p-)/)
    })
  )

  it.effect("closes what it opens, in order", () =>
    Effect.gen(function* () {
      for (const one of [varied(), tiny(), broken(), report(summary({}))]) {
        const html = yield* render(Report.html(one))
        const open: Array<string> = []
        for (const [, slash, name = "", empty] of html
          .replace(/<style>[^]*<\/style>/, "")
          .matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/gi)) {
          if (slash === "/") assert.strictEqual(open.pop(), name)
          else if (empty !== "/" && name !== "meta" && name !== "br") open.push(name)
        }
        assert.deepStrictEqual(open, [])
      }
    })
  )

  it.effect("says how many rows are not on the page", () =>
    Effect.gen(function* () {
      const many = report(
        summary({ unknown: 12_345 }),
        Stream.map(Stream.range(1, 12_345), (n) => exception(n))
      )
      const html = yield* render(Report.html(many))
      assert.strictEqual(rows(html), 10_000)
      assert.include(
        html,
        "By the counts they are 12,345. This page lists the first 10,000; the JSON report has all of them."
      )
      assert.include(html, "10,000 of 12,345 are listed here. 2,345 more are not: the JSON report has all of them.")
      const none = yield* render(Report.html(many, { rows: 0 }))
      assert.strictEqual(rows(none), 0)
      assert.include(none, "0 of 12,345 are listed here. 12,345 more are not")
    })
  )

  it.effect("never rounds a share to all or to nothing", () =>
    Effect.gen(function* () {
      const html = yield* render(Report.html(report(summary({ deleted: 999_999, unknown: 1 }), [exception(1)])))
      assert.include(html, "&gt;99.9 %")
      assert.include(html, "&lt;0.1 %")
    })
  )

  it.effect("draws what happened once beside what happened often", () =>
    Effect.gen(function* () {
      let timeline = Timeline.empty
      const at = summary({}).generatedAt
      for (let i = 0; i < 10_000; i++) timeline = Timeline.add(timeline, "deleted", at)
      timeline = Timeline.add(timeline, "unknown", at)
      const html = yield* render(
        Report.html(report(summary({ deleted: 10_000, unknown: 1 }, { timeline }), [exception(1)]))
      )
      assert.match(html, /<rect class="unknown"[^>]* height="3\.0"/)
      assert.include(html, "11:00:00: 10,000 deleted, 1 unknown")
    })
  )
})

describe("text", () => {
  it.effect("has the verdict, the sum and the list", () =>
    Effect.gen(function* () {
      const text = yield* render(
        Report.text(report(summary({ deleted: 2, unknown: 1 }), [exception(3, { sessionId: "04b6", userId: "tmm-1" })]))
      )
      assert.isTrue(text.startsWith("2 of 3 sessions are deleted. 1 is unknown: ask again, it is safe.\n"))
      assert.include(
        text.replaceAll("\n", " "),
        "2 deleted + 0 not deleted + 1 unknown + 0 vetoed + 0 unprocessed = 3 planned"
      )
      assert.include(
        text,
        "unknown: 04b6\n  of user tmm-1, number 3 of the plan\n  OutcomeUnknown: The request was sent"
      )
      assert.include(text.replaceAll(/\s+/g, " "), "trace id c0ffee00")
    })
  )

  it.effect("has no control characters and no line too long where words allow it", () =>
    Effect.gen(function* () {
      const text = yield* render(Report.text(varied()))
      assert.notMatch(text, /\p{Cs}|[\p{Cc}\p{Cf}](?<!\n)/u)
      const long = text.split("\n").filter((line) => line.length > 80 && !line.includes("xxxxx"))
      assert.deepStrictEqual(long, [])
    })
  )

  it.effect("says how many are not listed", () =>
    Effect.gen(function* () {
      const text = yield* render(Report.text(varied(), { rows: 14 }))
      assert.include(text, "14 of 54 are listed here. 40 more are not: the JSON report has all of them.")
    })
  )
})

describe("streams", () => {
  it.effect(
    "a million exceptions pass in pieces, none of them large",
    () =>
      Effect.gen(function* () {
        const many = report(
          summary({ unknown: 1_000_000 }),
          Stream.rechunk(
            Stream.map(Stream.range(1, 1_000_000), (n) => ({
              n,
              sessionId: `s${n}`,
              userId: "u",
              outcome: "unknown" as const,
              attempts: 1
            })),
            1000
          )
        )
        for (const output of [Report.html(many), Report.json(many), Report.text(many)]) {
          const largest = yield* Stream.runFold(
            output,
            () => 0,
            (most, piece) => Math.max(most, piece.length)
          )
          assert.isBelow(largest, 2_000_000)
        }
      }),
    60_000
  )

  it.effect("a ledger that cannot be read on fails all three", () =>
    Effect.gen(function* () {
      const cut = report(summary({ unknown: 2 }), Stream.concat(Stream.make(exception(1)), Stream.fail("no disk")))
      for (const output of [Report.html(cut), Report.json(cut), Report.text(cut)]) {
        assert.deepStrictEqual(yield* Effect.exit(Stream.runDrain(output)), Exit.fail("no disk"))
      }
    })
  )
})

describe("colours", () => {
  const luminance = (colour: string) =>
    [1, 3, 5]
      .map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0)

  for (const [theme, palette] of Object.entries(palettes)) {
    for (const [front, back, least] of contrasts) {
      it(`${theme}: ${front} on ${back} is told apart`, () => {
        const [dark = 0, bright = 0] = [luminance(palette[front]), luminance(palette[back])].toSorted((a, b) => a - b)
        assert.isAtLeast((bright + 0.05) / (dark + 0.05), least)
      })
    }
  }
})
