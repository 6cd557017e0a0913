/**
 * Where settings come from, what is made of them, and what is said of those that cannot be used.
 */
import { createSessions, InvalidConfig, type SessionsOptions } from "@powerdrill-sessions/promise"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { inspect } from "node:util"
import { canary, serve, silence, success } from "./support/Server.ts"
import { answer, clientOf, clientOver, errorOf } from "./support/sessions.ts"

const variables = [
  "POWERDRILL_PROJECT_API_KEY",
  "POWERDRILL_BASE_URL",
  "POWERDRILL_USER_ID",
  "POWERDRILL_ATTEMPT_TIMEOUT",
  "POWERDRILL_DEADLINE",
  "POWERDRILL_ALLOW_HTTP",
  "POWERDRILL_SEND_TRACE_ID"
]

beforeEach(() => {
  for (const name of variables) vi.stubEnv(name, undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe("SessionsOptions", () => {
  it("come from the environment where they are absent", async () => {
    await using server = await serve(success)
    vi.stubEnv("POWERDRILL_PROJECT_API_KEY", canary)
    vi.stubEnv("POWERDRILL_BASE_URL", `${server.url}/app/api`)
    vi.stubEnv("POWERDRILL_USER_ID", "tmm-env")
    await using sessions = createSessions()
    const { userId } = await sessions.delete("04b6")
    assert.strictEqual(userId, "tmm-env")
    assert.strictEqual(server.arrivals[0]?.path, "/app/api/v1/team/sessions/04b6?userId=tmm-env")
    assert.strictEqual(server.arrivals[0]?.headers["x-pd-api-key"], canary)
  })

  it("take the place of the environment, which is then not looked at", async () => {
    vi.stubEnv("POWERDRILL_PROJECT_API_KEY", "other key")
    vi.stubEnv("POWERDRILL_BASE_URL", "nonsense")
    vi.stubEnv("POWERDRILL_USER_ID", " nonsense")
    vi.stubEnv("POWERDRILL_ATTEMPT_TIMEOUT", "nonsense")
    vi.stubEnv("POWERDRILL_DEADLINE", "nonsense")
    vi.stubEnv("POWERDRILL_ALLOW_HTTP", "nonsense")
    // Without spans there is no trace id to send.
    vi.stubEnv("POWERDRILL_SEND_TRACE_ID", "nonsense")
    await using server = await serve(success)
    await using sessions = createSessions({
      apiKey: canary,
      baseUrl: server.url,
      userId: "tmm-1",
      attemptTimeout: 10_000,
      deadline: "1 minute",
      allowHttp: false
    })
    await sessions.delete("04b6")
    assert.strictEqual(server.arrivals[0]?.path, "/v1/team/sessions/04b6?userId=tmm-1")
    assert.strictEqual(server.arrivals[0]?.headers["x-pd-api-key"], canary)
  })

  it("are read when the client is made, not before and not later", async () => {
    const users: Array<string | null> = []
    const fetch = (input: string | URL | Request) => {
      users.push(new URL(urlOf(input)).searchParams.get("userId"))
      return answer({ code: 0 })
    }
    for (const user of ["tmm-1", "tmm-2"]) {
      vi.stubEnv("POWERDRILL_USER_ID", user)
      await using sessions = createSessions({ apiKey: canary, fetch })
      vi.stubEnv("POWERDRILL_USER_ID", "tmm-later")
      await sessions.delete("04b6")
    }
    assert.deepStrictEqual(users, ["tmm-1", "tmm-2"])
  })

  it("that cannot be used are thrown at once, with what to do instead", () => {
    assert.match(thrown({}), /^The setting apiKey .* set POWERDRILL_PROJECT_API_KEY/)
    assert.match(thrown({ apiKey: "" }), /^The setting apiKey .* set POWERDRILL_PROJECT_API_KEY/)
    const refused: ReadonlyArray<readonly [setting: string, value: unknown, expected: RegExp]> = [
      ["apiKey", `${canary} `, /copy the key again/],
      ["apiKey", 42, /must be a string/],
      ["baseUrl", "https://ai.data.cloud/api/v1/team", /write https:\/\/ai\.data\.cloud\/api\.$/],
      ["baseUrl", "http://sessions.example", /set allowHttp/],
      ["userId", "", /must not be empty/],
      ["userId", " tmm-1", /must not begin or end with white space/],
      ["attemptTimeout", 0, /write one such as "10 seconds"/],
      ["attemptTimeout", "soon", /write one such as "10 seconds"/],
      ["deadline", Infinity, /write one such as "10 seconds"/],
      ["deadline", {}, /must be a number of milliseconds or a string such as "10 seconds"/],
      ["allowHttp", "false", /must be true or false/],
      ["retry", "always", /must be "standard", "rate-limits" or "none"/],
      ["fetch", "fetch", /must be a function/]
    ]
    for (const [setting, value, expected] of refused) {
      const message = thrown({ apiKey: canary, [setting]: value })
      assert.match(message, new RegExp(`^The setting ${setting} cannot be used: it |plain http`))
      assert.match(message, expected)
    }
    assert.match(thrown(null), /options cannot be used: it must be an object/)
  })

  it("from the environment that cannot be used are thrown too, with the variable's name", () => {
    vi.stubEnv("POWERDRILL_PROJECT_API_KEY", canary)
    const refused: ReadonlyArray<readonly [variable: string, value: string, expected: RegExp]> = [
      ["POWERDRILL_BASE_URL", "ai.data.cloud", /setting baseUrl cannot be used: it is not a URL/],
      ["POWERDRILL_USER_ID", " tmm-1", /setting userId cannot be used: it must not begin or end with white space/],
      ["POWERDRILL_ATTEMPT_TIMEOUT", "soon", /POWERDRILL_ATTEMPT_TIMEOUT .* write one such as "10 seconds"/],
      ["POWERDRILL_DEADLINE", "soon", /POWERDRILL_DEADLINE .* write one such as "1 minute"/],
      ["POWERDRILL_ALLOW_HTTP", "perhaps", /POWERDRILL_ALLOW_HTTP .* neither true nor false/]
    ]
    for (const [variable, value, expected] of refused) {
      vi.stubEnv(variable, value)
      assert.match(thrown({}), expected)
      vi.stubEnv(variable, "")
      assert.doesNotThrow(() => createSessions(), undefined, `${variable} is empty`)
    }
  })

  it("allowHttp lets plain http through", async () => {
    const urls: Array<string> = []
    const fetch = (input: string | URL | Request) => {
      urls.push(urlOf(input))
      return answer({ code: 0 })
    }
    const settings = { apiKey: canary, userId: "u", baseUrl: "http://sessions.example", fetch }
    await createSessions({ ...settings, allowHttp: true }).delete("04b6")
    vi.stubEnv("POWERDRILL_ALLOW_HTTP", "yes")
    await createSessions(settings).delete("04b6")
    assert.deepStrictEqual(urls, Array(2).fill("http://sessions.example/v1/team/sessions/04b6?userId=u"))
  })

  it("attemptTimeout and deadline end a call, in milliseconds, in words, or from the environment", async () => {
    await using server = await serve(silence)
    const within = async (options: SessionsOptions) => {
      await using sessions = clientOf(server, options)
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.strictEqual(error._tag === "OutcomeUnknown" && error.reason, "timeout")
    }
    await within({ attemptTimeout: 20 })
    await within({ attemptTimeout: "20 millis" })
    await within({ deadline: 20 })
    await within({ deadline: "20 millis", retry: "standard" })
    vi.stubEnv("POWERDRILL_ATTEMPT_TIMEOUT", "20 millis")
    await within({})
    vi.stubEnv("POWERDRILL_ATTEMPT_TIMEOUT", undefined)
    vi.stubEnv("POWERDRILL_DEADLINE", "20 millis")
    await within({})
    assert.strictEqual(server.arrivals.length, 6)
  })

  it("a fetch of one's own is given the request, and told not to follow redirects", async () => {
    const inits: Array<RequestInit | undefined> = []
    await using server = await serve(success)
    await using sessions = clientOf(server, {
      fetch: (input, init) => {
        inits.push(init)
        return globalThis.fetch(input, init)
      }
    })
    await sessions.delete("04b6")
    assert.strictEqual(server.arrivals.length, 1)
    assert.strictEqual(inits.length, 1)
    assert.strictEqual(inits[0]?.redirect, "manual")
    assert.strictEqual(inits[0]?.method, "DELETE")
    assert.isUndefined(inits[0]?.body)
    assert.isTrue(inits[0]?.signal instanceof AbortSignal)
  })

  it("a fetch that fails in any way is an error of the call", async () => {
    const failing: ReadonlyArray<() => Promise<Response>> = [
      () => Promise.reject(new Error("no")),
      () => {
        throw new Error("no")
      }
    ]
    for (const fetch of failing) {
      await using sessions = clientOver(fetch)
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.strictEqual(error._tag, "OutcomeUnknown")
      assert.strictEqual(error.outcome, "unknown")
    }
  })

  it("without one, the fetch is the runtime's at the time of the request", async () => {
    await using sessions = createSessions({ apiKey: canary, userId: "tmm-1" })
    const fetch = vi.fn<() => Promise<Response>>(() => answer({ code: 0 }))
    vi.stubGlobal("fetch", fetch)
    await sessions.delete("04b6")
    assert.strictEqual(fetch.mock.calls.length, 1)
  })
})

const urlOf = (input: string | URL | Request) => (input instanceof Request ? input.url : input.toString())

/** The message of what `createSessions` throws. */
const thrown = (options: unknown): string => {
  try {
    Reflect.apply(createSessions, undefined, [options])
  } catch (error) {
    assert.instanceOf(error, InvalidConfig)
    assert.match(error.stack ?? "", /SessionsOptions\.test/)
    for (const text of [error.message, error.stack ?? "", inspect(error), JSON.stringify(error)]) {
      assert.notInclude(text, canary)
    }
    return error.message
  }
  return assert.fail("It was not thrown.")
}
