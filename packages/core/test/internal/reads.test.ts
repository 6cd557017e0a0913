/**
 * Reading sessions over a script: what is asked, how answers are understood, and what a read shares with a delete.
 */
import {
  BudgetExhausted,
  PowerdrillConfig,
  RateBudget,
  ReadFailed,
  ReadFailedReason,
  RetryPolicy,
  Sessions,
  SessionSummary
} from "@powerdrill-sessions/core"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Layer, Option, Schema, Stream, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { canary, overScript, remove, requestCount, requests } from "../support/sessions.ts"

const { refused, reset, respond, silence } = ScriptedHttpClient
const userId = "tmm-secret="

const page = (records: ReadonlyArray<unknown>, more: object = {}) =>
  respond({ code: 0, data: { total: records.length, pageNumber: 1, pageSize: 100, records, ...more } })
const one = (data: unknown) => respond({ code: 0, data })

const list = (options: Partial<Sessions.ListOptions> = {}) =>
  Effect.flatMap(Sessions, (sessions) => Stream.runCollect(sessions.list({ userId, ...options })))
const find = (sessionId = "04b6", options: Partial<Sessions.FindOptions> = {}) =>
  Sessions.use((sessions) => sessions.find({ sessionId, userId, ...options }))

/** Runs to the end in simulated time. */
const inTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  yield* TestClock.adjust("1 hour")
  return yield* Fiber.join(fiber)
})
const failure = <A, R>(effect: Effect.Effect<A, ReadFailed, R>) => inTime(Effect.flip(effect))
const once = RetryPolicy.withPolicy(RetryPolicy.none)
const urls = Effect.map(requests, (all) => all.map(({ method, url }) => `${method} ${url}`))

describe("list", () => {
  it.effect("asks for the sessions of a user, with a part of their titles", () =>
    Effect.gen(function* () {
      const [session] = yield* list({ titleContains: "a&b=ü #" })
      assert.deepStrictEqual(session, new SessionSummary({ id: "04b6", title: "a&b=ü #1" }))
      assert.deepStrictEqual(yield* urls, [
        "GET https://ai.data.cloud/api/v1/team/sessions?userId=tmm-secret%3D&pageNumber=1&pageSize=100&title=a%26b%3D%C3%BC%20%23"
      ])
    }).pipe(Effect.provide(overScript([page([{ id: "04b6", title: "a&b=ü #1" }])])))
  )

  it.effect("reads page after page, twice, and gives each session once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        (yield* list()).map(({ id }) => id),
        ["a", "b", "c"]
      )
      assert.deepStrictEqual(
        (yield* urls).map((url) => url.replace(/.*&pageNumber/, "")),
        ["=1&pageSize=100", "=2&pageSize=2", "=1&pageSize=2", "=2&pageSize=2"]
      )
    }).pipe(
      Effect.provide(
        overScript([
          page([{ id: "a" }, { id: "b" }], { total: 3, pageSize: 2 }),
          page([{ id: "c" }], { total: 3, pageSize: 2 }),
          page([{ id: "a" }, { id: "b" }], { total: 3, pageSize: 2 }),
          page([{ id: "c" }], { total: 3, pageSize: 2 })
        ])
      )
    )
  )

  it.effect("begins anew each time it is run, and sends nothing before", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const stream = sessions.list({ userId })
      assert.strictEqual(yield* requestCount, 0)
      for (let time = 0; time < 2; time++) assert.strictEqual((yield* Stream.runCollect(stream)).length, 1)
      assert.strictEqual(yield* requestCount, 2)
    }).pipe(Effect.provide(overScript([page([{ id: "a" }]), page([{ id: "a" }])])))
  )

  it.effect("takes what is as documented, and leaves out the rest", () =>
    Effect.gen(function* () {
      const whole = {
        id: "a",
        title: "",
        userId: "tmm-2",
        agentId: "DATA_ANALYSIS_AGENT",
        jobMode: "AUTO",
        languageType: "AUTO",
        maxMessagesInContext: 10
      }
      const [first, second, third] = yield* list()
      assert.deepStrictEqual({ ...first }, whole)
      assert.deepStrictEqual({ ...second }, { id: "b" })
      assert.deepStrictEqual({ ...third }, { id: "c", title: "C" })
      const json = Schema.fromJsonString(SessionSummary)
      for (const session of [first, second, third].filter((session) => session !== undefined)) {
        assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(session)), session)
      }
    }).pipe(
      Effect.provide(
        overScript([
          page([
            {
              id: "a",
              title: "",
              userId: "tmm-2",
              agentId: "DATA_ANALYSIS_AGENT",
              jobMode: "AUTO",
              languageType: "AUTO",
              maxMessagesInContext: 10
            },
            {
              id: "b",
              title: 4,
              userId: null,
              agentId: {},
              jobMode: [],
              languageType: true,
              maxMessagesInContext: "10"
            },
            { id: "c", title: "C", createdAt: "never documented" }
          ])
        ])
      )
    )
  )

  const unreadable: ReadonlyArray<readonly [what: string, answer: ScriptedAnswer]> = [
    ["a session without an id", page([{ id: "a" }, { title: "no id" }])],
    ["a session with an empty id", page([{ id: "" }])],
    ["a session with a number for an id", page([{ id: 4 }])],
    ["a session that is none", page([null])],
    ["no records", one({ total: 0 })],
    ["no total", one({ records: [] })],
    ["a total that is no number", one({ total: "3", records: [] })],
    ["a negative total", one({ total: -1, records: [] })],
    ["no data", respond({ code: 0 })],
    ["no envelope", respond("<html>")],
    ["half an envelope", respond('{"code":0,"data":{"total":1,"reco')]
  ]
  for (const [what, answer] of unreadable) {
    it.effect(`fails for ${what}, rather than pass a session over`, () =>
      Effect.gen(function* () {
        const error = yield* failure(once(list()))
        assert.strictEqual(error.reason, "unreadable")
        assert.strictEqual(error.httpStatus, 200)
      }).pipe(Effect.provide(overScript([answer])))
    )
  }

  it.effect("takes records that are null for none, where there are none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(overScript([one({ total: 0, records: null })])))
  )

  it.effect("B10 names the API's trace id where the answer cannot be read", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failure(once(list()))).traceId, "trace-1")
    }).pipe(Effect.provide(overScript([respond({ code: 0 }, { headers: { "x-pd-trace-id": "trace-1" } })])))
  )

  it.effect("reads pages of up to 8 MiB, and not beyond", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* list()).length, 1)
      assert.strictEqual((yield* failure(once(list()))).reason, "unreadable")
    }).pipe(
      Effect.provide(
        overScript([
          page([{ id: "a", title: "x".repeat(8_000_000) }]),
          page([{ id: "a", title: "x".repeat(8 * 1024 * 1024) }])
        ])
      )
    )
  )

  it.effect("says that it cannot be read whole", () =>
    Effect.gen(function* () {
      const error = yield* failure(list())
      assert.deepStrictEqual([error.reason, error.read, error.attempts], ["no-progress", "list", 0])
    }).pipe(Effect.provide(overScript(Array.from({ length: 6 }, () => page([], { total: 3 })))))
  )

  it.effect("gives each page the deadline of a call", () =>
    Effect.gen(function* () {
      const [took, error] = yield* inTime(Effect.timed(Effect.flip(list())))
      assert.deepStrictEqual([error.reason, error.attempts], ["no-answer", 2])
      assert.strictEqual(Duration.toMillis(took), 10_000)
    }).pipe(
      Effect.provide(
        overScript([page([{ id: "a" }], { total: 2, pageSize: 1 }), silence, silence], {
          attemptTimeout: "6 seconds",
          deadline: "10 seconds"
        })
      )
    )
  )

  const rules: ReadonlyArray<readonly [options: object, field: string, rule: RegExp]> = [
    [{ userId: "" }, "userId", /must not be empty/],
    [{ userId: " a" }, "userId", /white space/],
    [{ userId: 4 }, "userId", /must be a string/],
    [{ titleContains: "" }, "titleContains", /leave it out/],
    [{ titleContains: "\ud800" }, "titleContains", /surrogate/],
    [{ titleContains: 4 }, "titleContains", /must be a string/]
  ]
  for (const [options, field, rule] of rules) {
    it.effect(`B01 refuses ${JSON.stringify(options)} and sends nothing`, () =>
      Effect.gen(function* () {
        const error = yield* failure(list(options))
        assert.deepStrictEqual([error.reason, error.field, error.attempts], ["invalid-request", field, 0])
        assert.match(error.rule ?? "", rule)
        assert.include(error.message, "Nothing was sent")
        assert.strictEqual(yield* requestCount, 0)
      }).pipe(Effect.provide(overScript([])))
    )
  }
})

describe("find", () => {
  it.effect("reads a session", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* find("a/b"), Option.some(new SessionSummary({ id: "a/b", title: "T" })))
      assert.deepStrictEqual(yield* urls, ["GET https://ai.data.cloud/api/v1/team/sessions/a%2Fb?userId=tmm-secret%3D"])
    }).pipe(Effect.provide(overScript([one({ id: "a/b", title: "T", jobMode: 4 })])))
  )

  for (const status of [200, 404]) {
    it.effect(`finds none where the API says so, under HTTP ${status}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* find(), Option.none())
        assert.strictEqual(yield* requestCount, 1)
      }).pipe(Effect.provide(overScript([respond({ code: 300003, msg: "session not found" }, { status })])))
    )
  }

  const unclear: ReadonlyArray<readonly [what: string, answer: ScriptedAnswer, reason: ReadFailedReason]> = [
    ["another session", one({ id: "other" }), "unreadable"],
    ["no session", one(null), "unreadable"],
    ["a 404 without an envelope", respond("not here", { status: 404 }), "unexpected-response"],
    ["a success under HTTP 500", respond({ code: 0, data: { id: "04b6" } }, { status: 500 }), "contradiction"],
    ["a body that is too long", one({ id: "04b6", title: "x".repeat(65_536) }), "unreadable"],
    ["a redirect", respond("", { status: 302 }), "redirected"]
  ]
  for (const [what, answer, reason] of unclear) {
    it.effect(`does not take ${what} for an answer`, () =>
      Effect.gen(function* () {
        const error = yield* failure(once(find()))
        assert.deepStrictEqual([error.reason, error.read, error.sessionId], [reason, "find", "04b6"])
      }).pipe(Effect.provide(overScript([answer])))
    )
  }

  it.effect("B01 refuses ids as a delete does", () =>
    Effect.gen(function* () {
      const error = yield* failure(find(".."))
      assert.deepStrictEqual([error.reason, error.field, error.sessionId], ["invalid-request", "sessionId", ".."])
      // @ts-expect-error TS2345: what a program in JavaScript can do.
      const untyped = yield* failure(find(4))
      assert.deepStrictEqual([untyped.field, untyped.sessionId], ["sessionId", undefined])
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(overScript([])))
  )
})

describe("a read that fails", () => {
  const cases: ReadonlyArray<readonly [answer: ScriptedAnswer, reason: ReadFailedReason, attempts: number]> = [
    [respond({ code: 201 }), "rate-limited", 4],
    [respond({ code: 9999 }), "internal", 4],
    [respond("", { status: 502 }), "server-error", 4],
    [refused, "unreachable", 4],
    [reset, "no-answer", 4],
    [respond("<html>"), "unreadable", 4],
    [respond({ code: 100 }), "bad-request", 1],
    [respond({ code: 100001 }), "invalid-operation", 1],
    [respond({ code: 1004 }), "unauthorized", 1],
    [respond({ code: 300002 }), "forbidden", 1],
    [respond({ code: 4711 }), "unrecognized-code", 1],
    [respond("", { status: 400 }), "unexpected-response", 1]
  ]
  for (const [answer, reason, attempts] of cases) {
    it.effect(`B16 is tried again where it may pass: ${reason}, ${attempts}`, () =>
      Effect.gen(function* () {
        const error = yield* failure(find())
        assert.deepStrictEqual([error.reason, error.attempts], [reason, attempts])
        assert.strictEqual(yield* requestCount, attempts)
      }).pipe(Effect.provide(overScript(Array.from({ length: attempts }, () => answer))))
    )
  }

  it.effect("is read after all where a later attempt is answered", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* inTime(list())).length, 1)
      assert.strictEqual(yield* requestCount, 3)
    }).pipe(Effect.provide(overScript([reset, respond({ code: 201 }), page([{ id: "a" }])])))
  )

  it.effect("says all that is known, and neither the key nor the user", () =>
    Effect.gen(function* () {
      const error = yield* failure(find())
      assert.deepStrictEqual(
        { ...error },
        {
          _tag: "ReadFailed",
          reason: "rate-limited",
          read: "find",
          sessionId: "04b6",
          attempts: 1,
          code: 201,
          httpStatus: 429,
          msg: "no <redacted> for <redacted> and <redacted>",
          traceId: "trace-1",
          retryAfter: Duration.seconds(300)
        }
      )
      assert.strictEqual(error.retryAfterMillis, 300_000)
      assert.strictEqual(
        error.message,
        'Session "04b6" could not be read. The team is over its request rate. ' +
          'The answer says "no <redacted> for <redacted> and <redacted>". Try again in 5m. ' +
          "(code 201, HTTP 429, trace id trace-1)"
      )
      const unauthorized = yield* failure(list())
      assert.include(unauthorized.message, "The sessions could not be listed. The API refused the key.")
      assert.isUndefined(unauthorized.retryAfterMillis)
    }).pipe(
      Effect.provide(
        overScript([
          respond(
            { code: 201, msg: `no ${canary} for ${userId} and ${encodeURIComponent(userId)}` },
            { status: 429, headers: { "x-pd-trace-id": "trace-1", "retry-after": "300" } }
          ),
          respond({ code: 1004 })
        ])
      )
    )
  )

  it.effect("for the key opens the circuit, for deletes as well", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(find())).reason, "unauthorized")
      const next = yield* Effect.flip(list())
      assert.deepStrictEqual([next.reason, next.attempts], ["unauthorized", 0])
      assert.include(next.message, "nothing was sent")
      assert.strictEqual((yield* Effect.flip(remove("04b6")))._tag, "Unauthorized")
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(overScript([respond({ code: 1004 })])))
  )

  it.effect("for the budget was not sent", () =>
    Effect.gen(function* () {
      const error = yield* failure(once(find()))
      assert.deepStrictEqual([error.reason, error.retryAfterMillis, error.attempts], ["budget-exhausted", 2_000, 0])
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(
      Effect.provide(
        Sessions.layer.pipe(
          Layer.provide(
            Layer.succeed(RateBudget, {
              ...RateBudget.unlimited,
              take: () => Effect.fail(new BudgetExhausted({ wait: Duration.seconds(2) }))
            })
          ),
          Layer.provide(PowerdrillConfig.layer({ apiKey: canary })),
          Layer.provideMerge(ScriptedHttpClient.layer([]))
        )
      )
    )
  )

  it.effect("waits for a turn no longer than the key is good", () =>
    Effect.gen(function* () {
      const errors = yield* inTime(Effect.all([find(), find()].map(Effect.flip), { concurrency: 2 }))
      assert.deepStrictEqual(
        errors.map(({ attempts }) => attempts),
        [1, 0]
      )
    }).pipe(Effect.provide(overScript([respond({ code: 1004 })], { requestsPerSecond: 1 })))
  )

  it.effect("takes its retries from what the client can afford, and pays back", () =>
    Effect.gen(function* () {
      for (let time = 0; time < 40; time++) yield* inTime(Effect.exit(find()))
      // A hundred retries, and no more.
      assert.strictEqual(yield* requestCount, 140)
    }).pipe(Effect.provide(overScript(Array.from({ length: 200 }, () => respond({ code: 9999 })))))
  )

  it.effect("is paid for by those that are answered", () =>
    Effect.gen(function* () {
      for (let time = 0; time < 40; time++) yield* inTime(Effect.exit(find()))
      for (let time = 0; time < 5; time++) yield* find()
      const before = yield* requestCount
      yield* inTime(Effect.exit(find()))
      assert.strictEqual((yield* requestCount) - before, 2)
    }).pipe(
      Effect.provide(
        overScript([
          ...Array.from({ length: 140 }, () => respond({ code: 9999 })),
          ...Array.from({ length: 5 }, () => respond({ code: 300003 })),
          ...Array.from({ length: 4 }, () => respond({ code: 9999 }))
        ])
      )
    )
  )

  it("has a sentence for each reason, and goes to JSON and back", () => {
    const json = Schema.fromJsonString(ReadFailed)
    for (const reason of ReadFailedReason.literals) {
      for (const more of [{}, { detail: "ECONNRESET", httpStatus: 404, field: "userId", rule: "must not be empty" }]) {
        const error = new ReadFailed({ read: "list", reason, attempts: 1, ...more })
        assert.match(error.message, /^The sessions could not be listed\. .+\./)
        if ("detail" in more) assert.notMatch(error.message, /undefined/)
        const back = Schema.decodeSync(json)(Schema.encodeSync(json)(error))
        assert.deepStrictEqual({ ...back }, { ...error })
        assert.strictEqual(back.message, error.message)
        assert.include(JSON.stringify(error), JSON.stringify(error.message))
      }
    }
  })

  it.effect("for a listing, not found is a failure", () =>
    Effect.gen(function* () {
      const error = yield* failure(list())
      assert.deepStrictEqual([error.reason, error.code], ["not-found", 300003])
    }).pipe(Effect.provide(overScript([respond({ code: 300003 })])))
  )
})

describe("the spans of reads", () => {
  const traced = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    yield* Effect.exit(effect).pipe(Effect.withTracer(tracer))
    return spans
  })

  for (const [name, effect, template] of [
    ["Sessions.list", list(), "/v1/team/sessions"],
    ["Sessions.find", find(), "/v1/team/sessions/{sessionId}"]
  ] as const) {
    it.effect(`B27 ${name} shows what failed, and neither the key nor the user`, () =>
      Effect.gen(function* () {
        const spans = yield* traced(Effect.asVoid<unknown, ReadFailed, Sessions>(effect))
        assert.deepStrictEqual(
          spans.map((span) => span.name),
          [name, "Sessions.attempt"]
        )
        const [, attempt] = spans
        assert.strictEqual(attempt?.attributes.get("url.template"), template)
        assert.strictEqual(attempt?.attributes.get("http.response.status_code"), 200)
        assert.strictEqual(attempt?.attributes.get("powerdrill.trace_id"), "trace-1")
        assert.strictEqual(attempt?.attributes.get("powerdrill.code"), 100)
        assert.strictEqual(
          attempt?.attributes.get("powerdrill.session_id"),
          name === "Sessions.find" ? "04b6" : undefined
        )
        assert.deepStrictEqual(
          spans.map(({ attributes }) => attributes.get("error.type")),
          ["ReadFailed", "BadRequest"]
        )
        for (const { status } of spans) {
          assert.isTrue(status._tag === "Ended" && Exit.isFailure(status.exit))
          const text = status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
          assert.include(text, "no user <redacted>")
        }
        const all = inspect(
          spans.map((span) => [span, ...span.attributes]),
          { depth: 9 }
        )
        const [request] = yield* requests
        assert.notProperty(request?.headers, "x-pd-external-trace-id")
        assert.notInclude(all, userId)
        assert.notInclude(all, canary)
      }).pipe(
        Effect.provide(
          overScript([respond({ code: 100, msg: `no user ${userId}` }, { headers: { "x-pd-trace-id": "trace-1" } })])
        )
      )
    )
  }

  it.effect("their trace goes along where it is asked for", () =>
    Effect.gen(function* () {
      yield* Effect.withSpan(Effect.andThen(list(), find()), "caller")
      const ids = (yield* requests).map(({ headers }) => headers["x-pd-external-trace-id"])
      assert.strictEqual(ids.length, 2)
      for (const id of ids) assert.match(id ?? "", /^[0-9a-f]{32}$/)
    }).pipe(Effect.provide(overScript([page([]), one({ id: "04b6" })], { sendTraceId: true })))
  )

  it.effect("there are none where nobody traces", () =>
    Effect.gen(function* () {
      yield* list()
      assert.strictEqual((yield* Effect.option(Effect.currentSpan))._tag, "None")
    }).pipe(Effect.provide(overScript([page([])])))
  )
})

describe("layerTest", () => {
  const sessions = [new SessionSummary({ id: "a", title: "A" }), new SessionSummary({ id: "b" })]
  const answer = () => Effect.succeed("deleted" as const)

  it.effect("lists what it is told, and finds in it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* list(), sessions)
      assert.deepStrictEqual(yield* find("b"), Option.some(new SessionSummary({ id: "b" })))
      assert.deepStrictEqual(yield* find("c"), Option.none())
      assert.strictEqual((yield* Effect.flip(list({ userId: "" }))).reason, "invalid-request")
      assert.strictEqual((yield* Effect.flip(find("."))).reason, "invalid-request")
    }).pipe(Effect.provide(Sessions.layerTest(answer, { list: () => Stream.fromIterable(sessions) })))
  )

  it.effect("finds as it is told", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(find("a"))).reason, "internal")
    }).pipe(
      Effect.provide(
        Sessions.layerTest(answer, {
          find: ({ sessionId }) => new ReadFailed({ read: "find", reason: "internal", attempts: 1, sessionId })
        })
      )
    )
  )

  it.effect("dies where it was told nothing", () =>
    Effect.gen(function* () {
      for (const read of [Effect.asVoid(list()), Effect.asVoid(find("a"))]) {
        const exit = yield* Effect.exit(read)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "was not told which sessions there are")
      }
    }).pipe(Effect.provide(Sessions.layerTest(answer)))
  )
})
