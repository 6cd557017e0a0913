/**
 * Only a clear yes to this very call is a yes; the API hears of nothing else.
 */
import { InvalidConfig, Plugin, type Sessions, type Vetoed } from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import {
  approval,
  type ApprovalAnswer,
  approvalHttp,
  type ApprovalHttpOptions
} from "@powerdrill-sessions/core/plugins"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Exit, Fiber, Logger, Redacted, References, Result, Schema } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import { type Answer, type Arrival, json, reset, serve, success } from "../support/Server.ts"
import { ensure, overFetch, overScript, remove, requestCount } from "../support/sessions.ts"

const deleted = ScriptedHttpClient.respond({ code: 0 })

/** The end of a call that the guard refused. */
const refusal = <R>(call: Effect.Effect<unknown, unknown, R>) =>
  Effect.map(Effect.flip(call), (error) => {
    assert.isTrue(isVetoed(error), inspect(error))
    return isVetoed(error) ? error : assert.fail()
  })

const isVetoed = (error: unknown): error is Vetoed => Object(error)._tag === "Vetoed"

class Closed extends Schema.TaggedError<Closed>()("Closed", { message: Schema.String }) {}

describe("approval", () => {
  it.effect("asks once for each call, not for each attempt, and tells what is to be deleted", () =>
    Effect.gen(function* () {
      const asked: Array<Plugin.Call> = []
      const plugin = approval({
        ask: (call) => Effect.sync(() => (asked.push(call), { approved: true, reason: "yes" }))
      })
      const fiber = yield* Effect.forkChild(remove("04b6").pipe(Plugin.with(plugin)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).disposition, "deleted")
      assert.deepStrictEqual(JSON.stringify(asked), '[{"method":"delete","sessionId":"04b6","userId":"tmm-1="}]')
    }).pipe(Effect.provide(overScript([ScriptedHttpClient.respond({ code: 201 }), deleted])))
  )

  const refusals: ReadonlyArray<
    readonly [what: string, ask: () => Effect.Effect<ApprovalAnswer, unknown>, why: RegExp]
  > = [
    ["no", () => Effect.succeed({ approved: false }), /^it was not approved: no reason was given$/],
    ["no without a word", () => Effect.succeed({ approved: false, reason: "" }), /: no reason was given$/],
    [
      "no with a reason",
      () => Effect.succeed({ approved: false, reason: "not on a \u001b[31mFriday." }),
      /^it was not approved: "not on a \\u001b\[31mFriday\."$/
    ],
    ["a failure", () => new Closed({ message: "the desk is closed." }), /^its guard failed: the desk is closed$/],
    ["a defect", () => Effect.die("oh"), /^its guard failed: oh$/],
    ["silence", () => Effect.never, /^it was not approved: no answer came within 10s$/],
    ["silence that cannot be interrupted", () => Effect.uninterruptible(Effect.never), /^its guard took .* 11s$/],
    // @ts-expect-error TS2322: a program in JavaScript can answer with anything.
    ["what only looks like a yes", () => Effect.succeed({ approved: "no" }), /no reason was given$/],
    // @ts-expect-error TS2322: the same.
    ["nothing at all", () => Effect.void, /^its guard failed/]
  ]
  for (const [what, ask, why] of refusals) {
    it.effect(`B21 nothing is sent where the answer is ${what}`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(refusal(remove("04b6").pipe(Plugin.with(approval({ ask })))))
        yield* TestClock.adjust("1 minute")
        const error = yield* Fiber.join(fiber)
        assert.match(error.reason, why)
        // A desk that does not answer has not said no.
        assert.strictEqual(error.broken === true, !/^(?:no\b|what only)/.test(what), what)
        assert.strictEqual(error.plugin, "approval")
        assert.strictEqual(yield* requestCount, 0)
      }).pipe(Effect.provide(overScript([])))
    )
  }

  it.effect("has its own name, its own time, and the services that asking needs", () =>
    Effect.gen(function* () {
      class Desk extends Context.Service<Desk, string>()("@powerdrill-sessions/core/test/plugins/Approval.test/Desk") {}
      const plugin = approval({
        name: "desk",
        timeout: "20 seconds",
        ask: () =>
          Effect.flatMap(Desk, (reason) => Effect.delay(Effect.succeed({ approved: false, reason }), "19 seconds"))
      })
      const call = remove("04b6").pipe(Plugin.with(plugin), Effect.provideService(Desk, "closed"))
      const fiber = yield* Effect.forkChild(refusal(call))
      yield* TestClock.adjust("1 minute")
      const { plugin: name, reason } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([name, reason], ["desk", 'it was not approved: "closed"'])
    }).pipe(Effect.provide(overScript([])))
  )
})

describe("approvalHttp", () => {
  /** The secret of every test. It must appear nowhere. */
  const secret = "canary-secret-5d1f0a7be2c94c63-ü"

  const Asked = Schema.fromJsonString(
    Schema.Struct({
      requestId: Schema.String,
      timestamp: Schema.Int,
      method: Schema.String,
      sessionId: Schema.String,
      userId: Schema.String
    })
  )
  const readAsked = Schema.decodeSync(Asked, { onExcessProperty: "error" })

  /** Answers for the request that arrived. */
  const answer =
    (fields: object, status = 200): Answer =>
    (response, arrival) =>
      json({ requestId: readAsked(arrival.body).requestId, ...fields }, status)(response, arrival)

  const yes = answer({ approved: true })

  const guarded = (url: string, options: Partial<ApprovalHttpOptions> = {}) =>
    Plugin.with(Effect.provide(approvalHttp({ url, secret: Redacted.make(secret), ...options }), FetchHttpClient.layer))

  /** One delete over a server that answers for the approver, and another for the API. */
  const exchange = Effect.fnUntraced(function* <A, E>(
    call: Effect.Effect<A, E, Sessions>,
    ...answers: ReadonlyArray<Answer>
  ) {
    const approver = yield* serve(...answers)
    const api = yield* serve(success)
    const lines: Array<string> = []
    const logger = Logger.map(Logger.formatJson, (line) => lines.push(line))
    const result = yield* Effect.result(guarded(`${approver.url}/hooks/a-token?b=1`)(call)).pipe(
      Effect.provide([overFetch({ baseUrl: `${api.url}/api` }), Logger.layer([logger])]),
      Effect.provideService(References.MinimumLogLevel, "All")
    )
    return { result, approver, arrivals: api.arrivals, log: lines.join("\n"), host: approver.url.slice(7) }
  })

  /** What the receiver does, without any code of this library. */
  const isGenuine = ({ body, headers }: Arrival) => {
    const signature = headers["x-powerdrill-sessions-signature"]
    const { timestamp } = readAsked(body)
    const tag = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")
    return signature === `t=${timestamp},v1=${tag}`
  }

  it.live("asks with what is to be deleted, signed, and sends after a yes", () =>
    Effect.gen(function* () {
      const before = Math.floor(Date.now() / 1000)
      const { approver, arrivals, result } = yield* exchange(remove("04b6-ü"), yes)
      assert.isTrue(Result.isSuccess(result))
      assert.strictEqual(arrivals.length, 1)
      const [arrival] = approver.onlyArrival()
      assert.deepStrictEqual([arrival.method, arrival.path], ["POST", "/hooks/a-token?b=1"])
      assert.strictEqual(arrival.headers["content-type"], "application/json")
      const { requestId, timestamp, ...call } = readAsked(arrival.body)
      assert.deepStrictEqual(call, { method: "delete", sessionId: "04b6-ü", userId: "tmm-1=" })
      assert.match(requestId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.isAtLeast(timestamp, before)
      assert.isAtMost(timestamp, Date.now() / 1000)
      assert.isTrue(isGenuine(arrival))
      assert.isFalse(isGenuine({ ...arrival, body: arrival.body.replace("04b6", "5c7d") }))
      for (const name of ["x-pd-api-key", "traceparent", "b3", "authorization", "cookie"]) {
        assert.isUndefined(arrival.headers[name], name)
      }
    })
  )

  it.live("every request has an id of its own", () =>
    Effect.gen(function* () {
      const { approver, arrivals } = yield* exchange(Effect.andThen(remove("04b6"), ensure("04b6")), yes)
      const asked = approver.arrivals.map(({ body }) => readAsked(body))
      assert.deepStrictEqual(
        asked.map(({ method }) => method),
        ["delete", "ensureDeleted"]
      )
      assert.strictEqual(new Set(asked.map(({ requestId }) => requestId)).size, 2)
      assert.strictEqual(arrivals.length, 2)
    })
  )

  const broken: Answer = (response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write('{"approved"')
    setImmediate(() => response.socket?.destroy())
  }
  const refusals: ReadonlyArray<readonly [what: string, answer: Answer, why: string | RegExp]> = [
    ["a no", answer({ approved: false }), "no reason was given"],
    ["a no whose reason is null", answer({ approved: false, reason: null }), "no reason was given"],
    ["a no with a reason", answer({ approved: false, reason: "not on a Friday" }), '"not on a Friday"'],
    [
      "a no that repeats the secret and tries to drive the terminal",
      answer({ approved: false, reason: `${secret}\u001b[2J` }),
      String.raw`"<redacted>\u001b[2J"`
    ],
    ["a yes with HTTP 403", answer({ approved: true }, 403), "HOST answered with HTTP 403"],
    ["a yes with HTTP 500", answer({ approved: true }, 500), "HOST answered with HTTP 500"],
    ["a yes that is text", answer({ approved: "true" }), "HOST gave an answer that is not the JSON of an approval"],
    ["a yes that is 1", answer({ approved: 1 }), "HOST gave an answer that is not the JSON of an approval"],
    ["JSON of another kind", json([true]), "HOST gave an answer that is not the JSON of an approval"],
    ["no JSON", json("approved"), "HOST gave an answer that is not the JSON of an approval"],
    ["nothing", (response) => response.writeHead(204).end(), /not the JSON of an approval$|cannot be read$/],
    ["a yes to nobody", json({ approved: true }), "HOST gave an answer that is not the JSON of an approval"],
    ["a yes to another request", answer({ requestId: "1", approved: true }), "HOST gave the answer to another request"],
    ["a no to another request", answer({ requestId: "1", approved: false }), "HOST gave the answer to another request"],
    [
      "a yes that is too long",
      answer({ approved: true, reason: "x".repeat(70_000) }),
      "HOST gave an answer that is too long"
    ],
    [
      "a yes in an encoding that nobody reads",
      (response, arrival) => {
        response.setHeader("content-encoding", "aes128gcm")
        yes(response, arrival)
      },
      "HOST gave an answer that cannot be read"
    ],
    ["half an answer", broken, /(?:cannot be read|closed the connection without an answer)$/],
    ["a lost connection", reset, "HOST closed the connection without an answer"]
  ]
  for (const [what, reply, why] of refusals) {
    it.live(`B21 B27 the API hears nothing where the answer is ${what}, and nothing tells the secret`, () =>
      Effect.gen(function* () {
        const { arrivals, host, log, result } = yield* exchange(remove("04b6"), reply)
        const error = yield* refusal(Effect.fromResult(result))
        if (typeof why === "string") {
          assert.strictEqual(error.reason, `it was not approved: ${why.replace("HOST", host)}`)
        } else assert.match(error.reason, why)
        assert.strictEqual(arrivals.length, 0)
        const told = `${inspect(error, { depth: 9, showHidden: true })}${error.stack}${JSON.stringify(error)}${log}`
        assert.notInclude(told, secret)
        assert.notInclude(told, "a-token")
      })
    )
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it.live(`B21 a redirect with HTTP ${status} is not followed`, () =>
      Effect.gen(function* () {
        const elsewhere = yield* serve(json({ approved: true }))
        const { arrivals, host, result } = yield* exchange(remove("04b6"), (response) =>
          response.writeHead(status, { location: elsewhere.url }).end()
        )
        const { reason } = yield* refusal(Effect.fromResult(result))
        assert.strictEqual(reason, `it was not approved: ${host} answered with a redirect, which is not followed`)
        assert.deepStrictEqual([arrivals.length, elsewhere.arrivals.length], [0, 0])
      })
    )
  }

  it.live("B21 a fetch that follows redirects all the same does not make a yes", () =>
    Effect.gen(function* () {
      const elsewhere = yield* serve(json({ approved: true }))
      const approver = yield* serve((response) => response.writeHead(302, { location: elsewhere.url }).end())
      const follows: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "follow" })
      const { reason } = yield* refusal(guarded(approver.url)(remove("04b6"))).pipe(
        Effect.provideService(FetchHttpClient.Fetch, follows),
        Effect.provide(overScript([]))
      )
      assert.match(reason, /redirect, which is not followed$/)
    })
  )

  it.live("B21 an approver that cannot be reached is a no", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(serve(yes))
      const { reason } = yield* refusal(guarded(url)(remove("04b6"))).pipe(Effect.provide(overScript([])))
      assert.match(reason, /^it was not approved: 127\.0\.0\.1:\d+ could not be reached \([\w ]+\)$/)
    })
  )

  const waits: ReadonlyArray<readonly [timeout: Duration.Input | undefined, millis: number, shown: string]> = [
    [undefined, 10_000, "10s"],
    ["30 seconds", 30_000, "30s"]
  ]
  for (const [timeout, millis, shown] of waits) {
    it.effect(`B21 no answer within ${shown} is a no, in words of its own`, () =>
      Effect.gen(function* () {
        // The clock moves once the request is on its way: signing takes the time of a real machine.
        const isAsked = yield* Deferred.make<void>()
        const silent = HttpClient.make(() => Effect.andThen(Deferred.succeed(isAsked, undefined), Effect.never))
        const plugin = yield* approvalHttp({
          url: "https://approve.test/a-token",
          secret: Redacted.make(secret),
          timeout
        }).pipe(Effect.provideService(HttpClient.HttpClient, silent))
        const now = Effect.clockWith((clock) => clock.currentTimeMillis)
        const startedAt = yield* now
        const call = Effect.zip(refusal(remove("04b6").pipe(Plugin.with(plugin))), now)
        const fiber = yield* Effect.forkChild(call)
        yield* Deferred.await(isAsked)
        yield* TestClock.adjust("2 minutes")
        const [{ reason }, endedAt] = yield* Fiber.join(fiber)
        assert.strictEqual(reason, `it was not approved: approve.test did not answer within ${shown}`)
        assert.strictEqual(endedAt - startedAt, millis)
        assert.strictEqual(yield* requestCount, 0)
      }).pipe(Effect.provide(overScript([])))
    )
  }

  it.effect("B27 neither the plugin nor what it sends shows the secret", () =>
    Effect.gen(function* () {
      const plugin = yield* approvalHttp({ url: "https://approve.test", secret: Redacted.make(secret), name: "two" })
      assert.strictEqual(plugin.name, "two")
      yield* refusal(remove("04b6").pipe(Plugin.with(plugin)))
      const seen = yield* ScriptedHttpClient.use(({ requests }) => requests)
      assert.notInclude(
        inspect([plugin, seen], { depth: 9, showHidden: true }) + JSON.stringify([plugin, seen]),
        secret
      )
    }).pipe(Effect.provide(overScript([ScriptedHttpClient.respond({}, { status: 500 })])))
  )

  const invalid: ReadonlyArray<readonly [setting: string, options: Partial<ApprovalHttpOptions>, why: RegExp]> = [
    ["url", { url: "approve" }, /not a URL/],
    ["url", { url: "http://approve.test" }, /not https/],
    ["url", { url: "http://127.0.0.1.approve.test" }, /not https/],
    ["url", { url: "ftp://localhost" }, /not https/],
    ["url", { url: `https://a:${secret}@approve.test` }, /user name or a password/],
    ["secret", { secret: Redacted.make("canary-secret-5d1f0a7be2c94c63-") }, /shorter than 32 bytes/],
    ["timeout", { timeout: 0 }, /positive, finite/],
    ["timeout", { timeout: Duration.infinity }, /positive, finite/]
  ]
  for (const [index, [setting, options, why]] of invalid.entries()) {
    it.effect(`is not built where the ${setting} cannot be used: ${why.source}, ${index + 1}`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(
          approvalHttp({ url: "http://localhost", secret: Redacted.make(secret), ...options })
        )
        assert.isTrue(Exit.isFailure(exit))
        const error = yield* Effect.flip(exit)
        assert.instanceOf(error, InvalidConfig)
        assert.strictEqual(error.setting, setting)
        assert.match(error.message, why)
        assert.notInclude(inspect(exit, { depth: 9 }), "canary-secret")
      }).pipe(Effect.provide(FetchHttpClient.layer))
    )
  }

  it.effect("http is for this machine only", () =>
    Effect.gen(function* () {
      for (const host of ["localhost", "127.0.0.2:1", "[::1]:80"]) {
        yield* approvalHttp({ url: `http://${host}/`, secret: Redacted.make(secret) })
      }
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
