import { InvalidConfig, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Duration, Effect, Layer, Redacted, Result } from "effect"
import { inspect } from "node:util"
import { canary, remove } from "./support/sessions.ts"

const make = (options: Partial<PowerdrillConfig.Options>) => PowerdrillConfig.make({ apiKey: canary, ...options })

const reason = (options: Partial<PowerdrillConfig.Options>): string => {
  const result = make(options)
  if (Result.isFailure(result)) return `${result.failure.setting}: ${result.failure.reason}`
  throw new Error("The settings were let through.")
}

const environment = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))

describe("PowerdrillConfig", () => {
  it("B04 keeps prefix and port, and tolerates one trailing slash", () => {
    const kept: ReadonlyArray<readonly [baseUrl: string | undefined, expected: string]> = [
      [undefined, "https://ai.data.cloud/api"],
      ["https://ai.data.cloud/api/", "https://ai.data.cloud/api"],
      ["https://sessions.example:8443/app/api", "https://sessions.example:8443/app/api"],
      ["https://sessions.example", "https://sessions.example"],
      ["https://sessions.example/v1", "https://sessions.example/v1"],
      ["https://sessions.example/v1/team/app", "https://sessions.example/v1/team/app"],
      ["http://127.9.9.9", "http://127.9.9.9"],
      ["http://127.0.0.1:4010/api", "http://127.0.0.1:4010/api"],
      ["http://localhost:4010", "http://localhost:4010"],
      ["http://[::1]:4010", "http://[::1]:4010"]
    ]
    for (const [baseUrl, expected] of kept) {
      assert.strictEqual(Result.getOrThrow(make({ baseUrl })).baseUrl, expected)
    }
  })

  it("B04 says what to write instead of a base URL that cannot be meant", () => {
    const refused: ReadonlyArray<readonly [baseUrl: string, expected: RegExp]> = [
      ["https://ai.data.cloud/api/v1/team", /ends in \/v1\/team; write https:\/\/ai\.data\.cloud\/api$/],
      ["https://ai.data.cloud/api/v2/team/", /ends in \/v2\/team; write https:\/\/ai\.data\.cloud\/api$/],
      ["https://ai.data.cloud/api/V12/Team", /ends in \/V12\/Team; write https:\/\/ai\.data\.cloud\/api$/],
      ["https://ai.data.cloud/api/v1/team/sessions", /write https:\/\/ai\.data\.cloud\/api$/],
      ["https://ai.data.cloud/api?a=b", /has a query; write https:\/\/ai\.data\.cloud\/api$/],
      ["https://ai.data.cloud/api?", /has a query/],
      ["https://ai.data.cloud/api#a", /has a fragment/],
      ["https://:secret@ai.data.cloud/api", /user name or a password/],
      ["https://me:secret@ai.data.cloud/api", /user name or a password; write https:\/\/ai\.data\.cloud\/api$/],
      ["https://secret@ai.data.cloud/api", /user name or a password/],
      ["https://:secret@ai.data.cloud/api", /user name or a password/],
      ["https://ai.data.cloud/api//", /several slashes; write https:\/\/ai\.data\.cloud\/api$/],
      ["ftp://ai.data.cloud/api", /begins with ftp:/],
      ["ai.data.cloud/api", /not a URL/],
      ["", /not a URL/],
      ["http://sessions.example/api", /write https:\/\/sessions\.example\/api, or set allowHttp/],
      ["http://127.0.0.1.sessions.example/api", /plain http/],
      ["http://sessions.127.0.0.1.example/api", /plain http/],
      ["http://localhost.example/api", /plain http/],
      ["http://128.0.0.1/api", /plain http/]
    ]
    for (const [baseUrl, expected] of refused) {
      assert.match(reason({ baseUrl }), expected)
      assert.notInclude(reason({ baseUrl }), "secret")
    }
  })

  it("B04 needs an explicit opt-in for plain http beyond loopback", () => {
    const { baseUrl } = Result.getOrThrow(make({ baseUrl: "http://sessions.example/api", allowHttp: true }))
    assert.strictEqual(baseUrl, "http://sessions.example/api")
  })

  it("B05 refuses a missing, empty, padded or non-ASCII key", () => {
    for (const apiKey of [undefined, "", Redacted.make("")]) {
      assert.match(reason({ apiKey }), /apiKey: there is none; set POWERDRILL_PROJECT_API_KEY/)
    }
    for (const apiKey of ["ключ", `${canary}\n`, ` ${canary}`, "a\tb", Redacted.make("é")]) {
      assert.match(reason({ apiKey }), /white space, control or non-ASCII/)
    }
  })

  it("refuses a rate that is none", () => {
    for (const requestsPerSecond of [0, -1, Number.NaN]) {
      assert.match(
        reason({ requestsPerSecond }),
        /requestsPerSecond: it is not a positive number; write one such as 20/
      )
    }
    for (const requestsPerSecond of [0.1, 20, Infinity]) {
      assert.strictEqual(Result.getOrThrow(make({ requestsPerSecond })).requestsPerSecond, requestsPerSecond)
    }
  })

  it("refuses durations that are no time at all, or all of it", () => {
    assert.match(reason({ attemptTimeout: 0 }), /^attemptTimeout: it is not a positive, finite duration/)
    assert.deepStrictEqual(Result.getOrThrow(make({ attemptTimeout: 1 })).attemptTimeout, Duration.millis(1))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a JavaScript caller can do
    assert.match(reason({ deadline: "soon" as Duration.Input }), /deadline: it is not a positive, finite duration/)
    for (const deadline of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.match(reason({ deadline }), /deadline: it is not a positive, finite duration/)
    }
  })

  it("B27 does not show the key when it is inspected", () => {
    const config = Result.getOrThrow(make({}))
    assert.notInclude(inspect(config, { depth: 9, showHidden: true }), canary)
    assert.notInclude(JSON.stringify(config), canary)
    assert.strictEqual(Redacted.value(config.apiKey), canary)
  })

  it.effect("reads the documented variables", () =>
    Effect.gen(function* () {
      const config = yield* PowerdrillConfig
      assert.strictEqual(Redacted.value(config.apiKey), canary)
      assert.strictEqual(config.baseUrl, "http://sessions.example/api")
      assert.deepStrictEqual(config.attemptTimeout, Duration.seconds(2))
      assert.deepStrictEqual(config.deadline, Duration.minutes(2))
      assert.isTrue(config.sendTraceId)
      assert.strictEqual(config.requestsPerSecond, 5)
      assert.strictEqual(config.verify, "doubtful")
    }).pipe(
      Effect.provide(
        PowerdrillConfig.layerConfig().pipe(
          Layer.provide(
            environment({
              POWERDRILL_PROJECT_API_KEY: canary,
              POWERDRILL_BASE_URL: "http://sessions.example/api",
              POWERDRILL_ATTEMPT_TIMEOUT: "2 seconds",
              POWERDRILL_DEADLINE: "2 minutes",
              POWERDRILL_ALLOW_HTTP: "true",
              POWERDRILL_SEND_TRACE_ID: "true",
              POWERDRILL_REQUESTS_PER_SECOND: "5",
              POWERDRILL_VERIFY: "doubtful"
            })
          )
        )
      )
    )
  )

  it.effect("has a default for every variable but the key", () =>
    Effect.gen(function* () {
      const config = yield* PowerdrillConfig
      assert.strictEqual(config.baseUrl, "https://ai.data.cloud/api")
      assert.deepStrictEqual(config.attemptTimeout, Duration.seconds(10))
      assert.deepStrictEqual(config.deadline, Duration.seconds(60))
      assert.isFalse(config.sendTraceId)
      assert.strictEqual(config.requestsPerSecond, 20)
      assert.strictEqual(config.verify, "never")
    }).pipe(
      Effect.provide(
        PowerdrillConfig.layerConfig({ apiKey: Config.Redacted("MY_KEY") }).pipe(
          Layer.provide(environment({ MY_KEY: canary }))
        )
      )
    )
  )

  it.effect("B05 fails before the first request when there is no key", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        remove("a").pipe(Effect.provide(Sessions.layerFetch.pipe(Layer.provide(environment({})))))
      )
      assert.instanceOf(error, InvalidConfig)
      assert.include(error.message, "set POWERDRILL_PROJECT_API_KEY")
    }).pipe(Effect.provide(ScriptedHttpClient.layer([])))
  )

  it.effect("B27 does not show a malformed key in the error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(
          PowerdrillConfig,
          PowerdrillConfig.layerConfig().pipe(Layer.provide(environment({ POWERDRILL_PROJECT_API_KEY: `${canary} é` })))
        )
      )
      for (const text of [String(error), inspect(error), JSON.stringify(error)]) assert.notInclude(text, canary)
    })
  )
})
