import { assert, describe, it } from "@effect/vitest"
import type { Answer } from "../../src/internal/classify.ts"
import { type Presence, presence } from "../../src/internal/presence.ts"

const read = (httpStatus: number, body: unknown, whole = true): Answer => ({
  _tag: "Response",
  httpStatus,
  traceId: undefined,
  retryAfter: undefined,
  body: typeof body === "string" ? body : JSON.stringify(body),
  whole
})

const here = { code: 0, data: { id: "04b6", title: "Still here" } }

const cases: ReadonlyArray<readonly [what: string, answer: Answer, expected: Presence]> = [
  ["the session", read(200, here), "present"],
  ["the session under HTTP 299", read(299, here), "present"],
  ["the session under HTTP 199", read(199, here), "unclear"],
  ["the session under HTTP 300", read(300, here), "unclear"],
  ["the session under HTTP 404", read(404, here), "unclear"],
  ["another session", read(200, { code: 0, data: { id: "04b7" } }), "unclear"],
  ["a session without an id", read(200, { code: 0, data: {} }), "unclear"],
  ["an id that is not a string", read(200, { code: 0, data: { id: 4 } }), "unclear"],
  ["a success without data", read(200, { code: 0, data: null }), "unclear"],
  ["the session with a code of failure", read(200, { ...here, code: 9999 }), "unclear"],
  ["the session without a code", read(200, { data: here.data }), "unclear"],
  ["not found", read(200, { code: 300003 }), "absent"],
  ["not found under HTTP 404", read(404, { code: 300003 }), "absent"],
  ["not found as a string", read(404, { code: "300003" }), "unclear"],
  ["forbidden", read(200, { code: 300002 }), "unclear"],
  ["a foreign 404", read(404, "Not Found"), "unclear"],
  ["a body that is too long", read(200, here, false), "unclear"],
  ["no answer", { _tag: "NoAnswer", reason: "timeout", httpStatus: undefined, traceId: undefined }, "unclear"],
  ["a refused connection", { _tag: "NotSent", detail: "ECONNREFUSED" }, "unclear"]
]

describe("presence", () => {
  for (const [what, answer, expected] of cases) {
    it(`${what} is ${expected}`, () => {
      assert.strictEqual(presence(answer, "04b6"), expected)
    })
  }
})
