import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { HttpClient } from "effect/http"

const { refused, reset, respond } = ScriptedHttpClient

describe("ScriptedHttpClient", () => {
  it.effect("answers in the order of the script, with text as it is and all else as JSON", () =>
    Effect.gen(function* () {
      const read = Effect.gen(function* () {
        const { headers, status, text } = yield* HttpClient.get("https://sessions.example/")
        return [status, headers["x-pd-trace-id"], yield* text]
      })
      assert.deepStrictEqual(yield* read, [200, undefined, '{"code":0}'])
      assert.deepStrictEqual(yield* read, [418, "trace-1", "a teapot"])
    }).pipe(
      Effect.provide(
        ScriptedHttpClient.layer([
          respond({ code: 0 }),
          respond("a teapot", { status: 418, headers: { "x-pd-trace-id": "trace-1" } })
        ])
      )
    )
  )

  it.effect("answers without a body where HTTP allows none", () =>
    Effect.gen(function* () {
      for (const status of [204, 205, 304]) {
        assert.strictEqual((yield* HttpClient.get("https://sessions.example/")).status, status)
      }
    }).pipe(Effect.provide(ScriptedHttpClient.layer([204, 205, 304].map((status) => respond({ code: 0 }, { status })))))
  )

  it.effect("remembers what it was asked, oldest first, and not the key", () =>
    Effect.gen(function* () {
      const headers = { "x-pd-api-key": "secret", accept: "application/json" }
      for (const path of ["a", "b"]) {
        yield* Effect.result(HttpClient.del(`https://sessions.example/${path}?userId=u`, { headers }))
      }
      const { requests } = yield* ScriptedHttpClient
      assert.deepStrictEqual(
        (yield* requests).map(({ headers: { accept, ...rest }, method, url }) => [
          method,
          url,
          accept,
          "x-pd-api-key" in rest
        ]),
        ["a", "b"].map((path) => ["DELETE", `https://sessions.example/${path}?userId=u`, "application/json", false])
      )
    }).pipe(Effect.provide(ScriptedHttpClient.layer([refused, reset])))
  )

  it.effect("dies where the script has ended, and says so", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(HttpClient.get("https://sessions.example/"))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /no answer left for this request/)
    }).pipe(Effect.provide(ScriptedHttpClient.layer([])))
  )
})
