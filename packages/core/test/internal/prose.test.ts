import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Prose from "../../src/internal/prose.ts"

const failure = { sessionId: "04b6", outcome: "not-deleted", attempts: 1 } as const

describe("prose", () => {
  it("says what happened, what is known, what to do next, and then the details", () => {
    assert.strictEqual(
      Prose.failure(
        { ...failure, outcome: "unknown", attempts: 2, code: 9999, httpStatus: 500, msg: "why", traceId: "trace-1" },
        "What.",
        "Next."
      ),
      'It is not known whether session "04b6" was deleted. What. The answer says "why". Next. ' +
        "(code 9999, HTTP 500, trace id trace-1, 2 attempts)"
    )
  })

  it("leaves out what there is nothing to say about", () => {
    assert.strictEqual(Prose.failure(failure, "What.", "Next."), 'Session "04b6" was not deleted. What. Next.')
    assert.strictEqual(
      Prose.failure({ ...failure, traceId: "trace-1" }, "What.", "Next."),
      'Session "04b6" was not deleted. What. Next. (trace id trace-1)'
    )
  })

  it("quotes a trace id that is none", () => {
    const shown = (traceId: string) => Prose.failure({ ...failure, traceId }, "What.", "Next.")
    assert.match(shown("x".repeat(128)), /trace id x{128}\)$/)
    assert.match(shown("x".repeat(129)), /trace id "x{129}"\)$/)
    assert.match(shown("a b"), /trace id "a b"\)$/)
  })

  it("shows 200 characters of a text, and says where it was cut", () => {
    assert.strictEqual(Prose.quote("x".repeat(200)), `"${"x".repeat(200)}"`)
    assert.strictEqual(Prose.quote("x".repeat(201)), `"${"x".repeat(200)}…"`)
  })

  it("escapes what could drive a terminal, end the quotation or change the direction of writing", () => {
    assert.strictEqual(Prose.quote('a"b\\'), String.raw`"a\"b\\"`)
    for (const code of [0x07, 0x1b, 0x7f, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069]) {
      const quoted = Prose.quote(`a${String.fromCharCode(code)}b`)
      assert.strictEqual(quoted, `"a\\u${code.toString(16).padStart(4, "0")}b"`)
    }
    assert.strictEqual(Prose.quote("é 💥 中"), '"é 💥 中"')
  })

  it("tells a wait, or that there is none to tell", () => {
    assert.strictEqual(Prose.after(undefined), "later")
    assert.strictEqual(Prose.after(Duration.zero), "later")
    assert.strictEqual(Prose.after(Duration.seconds(2)), "in 2s")
  })
})
