import { BadRequest, OutcomeUnknown, PowerdrillConfig, Vetoed } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Predicate, Result } from "effect"
import { clientSpan, statusOf, withoutUserId } from "../../src/internal/spans.ts"

const span = (baseUrl: string, sent = 0) =>
  clientSpan("DELETE", Result.getOrThrow(PowerdrillConfig.make({ apiKey: "key", baseUrl })), sent).attributes

const call = { sessionId: "04b6", outcome: "not-deleted", attempts: 1 } as const

const textOf = (error: unknown) => (Predicate.isError(error) ? error.message : "")

describe("spans", () => {
  it("name the server and its port, also where the URL leaves it out", () => {
    for (const [baseUrl, address, port, scheme] of [
      ["https://ai.data.cloud/api", "ai.data.cloud", 443, "https"],
      ["https://ai.data.cloud:8443", "ai.data.cloud", 8443, "https"],
      ["http://localhost/api", "localhost", 80, "http"],
      ["http://[::1]:4010", "::1", 4010, "http"]
    ] as const) {
      assert.deepInclude(span(baseUrl), { "server.address": address, "server.port": port, "url.scheme": scheme })
    }
  })

  it("count how often a request was sent before, from the second time on", () => {
    assert.notProperty(span("https://ai.data.cloud"), "http.request.resend_count")
    assert.strictEqual(span("https://ai.data.cloud", 2)?.["http.request.resend_count"], 2)
  })

  it("have the status of an answer, if there was one", () => {
    assert.deepStrictEqual(statusOf({ _tag: "NotSent", detail: "x" }), {})
    const answer = { _tag: "NoAnswer", reason: "timeout", traceId: undefined } as const
    assert.deepStrictEqual(statusOf({ ...answer, httpStatus: undefined }), {})
    assert.deepStrictEqual(statusOf({ ...answer, httpStatus: 502 }), { "http.response.status_code": 502 })
  })

  it("B27 show errors without the user id, as it is and as it is in a URL", () => {
    const shown = withoutUserId("tmm-1=")
    const refused = shown(new BadRequest({ ...call, code: 100, msg: "tmm-1= is not in ?userId=tmm-1%3D" }))
    assert.instanceOf(refused, BadRequest)
    assert.include(textOf(refused), "<redacted> is not in ?userId=<redacted>")
    const vetoed = shown(new Vetoed({ ...call, attempts: 0, plugin: "holds", reason: "tmm-1= is under a hold" }))
    assert.include(textOf(vetoed), "<redacted> is under a hold")
  })

  it("show only the tag of an error that is not the library's", () => {
    for (const [error, message] of [
      [Object.assign(new Error("tmm-1 is busy"), { _tag: "Busy" }), "Busy"],
      [new Error("tmm-1 is busy"), "Error"]
    ] as const) {
      const shown = withoutUserId("tmm-1")(error)
      assert.instanceOf(shown, Error)
      assert.strictEqual(Object(shown).message, message)
    }
  })

  it("show every other error as it is", () => {
    for (const error of [
      new BadRequest({ ...call, code: 100 }),
      new OutcomeUnknown({ ...call, outcome: "unknown", reason: "timeout" })
    ]) {
      assert.strictEqual(withoutUserId("timeout")(error), error)
    }
  })
})
