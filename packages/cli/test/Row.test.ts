import { SessionSummary } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { toJson, toTable } from "../src/Row.ts"

const session = (id: string, title?: string) => new SessionSummary({ id, ...(title === undefined ? {} : { title }) })

describe("Row", () => {
  it("aligns titles, leaves none behind, and cuts what is too long", () => {
    const long = "ü".repeat(101)
    assert.deepStrictEqual(
      toTable([session("a", "First"), session("a longer id", "Zweite 🙂"), session("c"), session("d", long)]),
      ["a              First", '"a longer id"  Zweite 🙂', "c", `d              ${"ü".repeat(99)}…`]
    )
    assert.deepStrictEqual(toTable([]), [])
    assert.deepStrictEqual(toTable([session("x".repeat(99), "t"), session("b", "t")]), [
      `${"x".repeat(99)}  t`,
      `${"b".padEnd(40)}  t`
    ])
  })

  it("lets no title drive a terminal, break a line or disguise itself", () => {
    const evil = "\u001b[2Jgone\nnext\u0007\u202egnp\u202c\u2028\u009b\ud800"
    const [row = ""] = toTable([session("a", evil)])
    assert.strictEqual(row, String.raw`a  \u001b[2Jgone\u000anext\u0007\u202egnp\u202c\u2028\u009b\ud800`)
    const json = toJson(session("a", evil))
    assert.match(json, /^[ -~]+$/)
    assert.deepStrictEqual(JSON.parse(json), {
      sessionId: "a",
      title: evil,
      userId: null,
      agentId: null,
      jobMode: null,
      languageType: null,
      maxMessagesInContext: null
    })
  })
})
