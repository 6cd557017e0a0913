import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Emulator, type Fault, type FaultAnswer } from "../src/index.ts"
import { del, eventually, send } from "./fixtures/call.ts"
import { arrived, deletion, dial, exchangeRaw, noticed } from "./fixtures/wire.ts"

describe("send", () => {
  const success = /^HTTP\/1\.1 200 [^]*\r\n\r\n\{"code":0,"data":null\}$/
  const inHeaders = /^HTTP\/1\.1 200 OK\r\n(?![^]*\r\n\r\n)/
  const inBody = /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 22\r\n\r\n\{"code":0,"$/
  const sends: ReadonlyArray<readonly [NonNullable<Fault["send"]>, RegExp, string | undefined]> = [
    ["whole", success, undefined],
    ["half", /content-length: 11\r\n[^]*\r\n\r\n\{"code":0,"$/i, undefined],
    ["reset-next", success, undefined],
    ["reset-start", /^$/, "RST"],
    ["reset-headers", inHeaders, "RST"],
    ["reset-body", inBody, "RST"],
    ["close-start", /^$/, "FIN"],
    ["close-headers", inHeaders, "FIN"],
    ["close-body", inBody, "FIN"]
  ]

  it.effect.each(
    sends.flatMap(([send, expected, ending]) => [
      { act: "once" as const, send, expected, ending },
      { act: "never" as const, send, expected, ending }
    ])
  )("B11 B12 $send, acting $act", ({ act, ending, expected, send }) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      yield* emulator.useFaults([{ fault: { act, answer: { code: 0 }, send } }])
      const came = yield* exchangeRaw("one")
      assert.match(came.text, expected)
      assert.strictEqual(came.ending, ending)
      const { commits, requests } = yield* emulator.oracle
      assert.strictEqual(yield* emulator.holds("one"), act === "never")
      assert.deepStrictEqual(
        commits.map(({ sessionId, traceId }) => ({ sessionId, traceId })),
        act === "never" ? [] : [{ sessionId: "one", traceId: requests[0]?.traceId ?? "none" }]
      )
      assert.strictEqual(requests[0]?.answer === undefined, ending !== undefined)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("is seen by fetch as a failure, too", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      for (const each of sends.flatMap(([send, , ending]) => (ending === undefined ? [] : [send]))) {
        yield* emulator.useFaults([{ fault: { send: each } }])
        const { id } = yield* emulator.create()
        assert.isTrue(Exit.isFailure(yield* Effect.exit(del(emulator, id))))
        assert.isFalse(yield* emulator.holds(id))
      }
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("slow is the headers at once, and the body byte by byte", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const connection = yield* dial
      const body = () => connection.seen.text.split("\r\n\r\n")[1]
      yield* connection.write(deletion(emulator, "one"))
      yield* connection.until(() => body() === "")
      assert.isFalse(yield* emulator.holds("one"))
      for (const expected of ["{", `{"`, `{"c`]) {
        yield* TestClock.adjust("1 second")
        yield* connection.until(() => body() === expected)
      }
      assert.isUndefined((yield* emulator.requests)[0]?.answer)
      yield* TestClock.adjust("18 seconds")
      yield* connection.until(() => body() === `{"code":0,"data":null`)
      yield* TestClock.adjust("1 second")
      yield* connection.until(() => body() === `{"code":0,"data":null}`)
      yield* eventually(Effect.map(emulator.requests, (requests) => requests[0]?.answer?.code === 0))
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { send: { slow: "22 seconds" } } }] })))
  )

  it.effect("reset-next resets the connection under the next request, which is never acted on", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      yield* emulator.create({ sessionId: "two" })
      const connection = yield* dial
      yield* connection.write(deletion(emulator, "one"))
      yield* connection.until(({ text }) => text.endsWith(`{"code":0,"data":null}`))
      const answered = connection.seen.text
      yield* connection.write(deletion(emulator, "two"))
      yield* connection.until(({ ending }) => ending !== undefined)
      assert.deepStrictEqual(connection.seen, { text: answered, ending: "RST" })
      assert.isTrue(yield* emulator.holds("two"))
      const { commits, requests } = yield* emulator.oracle
      assert.deepStrictEqual([commits.length, requests.length], [1, 2])
      assert.strictEqual((yield* exchangeRaw("two")).body, `{"code":0,"data":null}`)
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ match: { nth: 1 }, fault: { send: "reset-next" } }] })))
  )
})

describe("answer", () => {
  const html = { "content-type": "text/html" }
  const answers: ReadonlyArray<readonly [FaultAnswer, number, string, Record<string, string>]> = [
    [{}, 200, `{"code":0,"data":null}`, { "content-type": "application/json" }],
    [{ headers: { "content-type": "text/plain" } }, 200, `{"code":0,"data":null}`, { "content-type": "text/plain" }],
    [{ status: 500 }, 500, `{"code":0,"data":null}`, {}],
    [{ status: 200, headers: html, body: "<p>" }, 200, "<p>", html],
    [{ status: 502, headers: html, body: "<p>" }, 502, "<p>", html],
    [{ status: 503, code: 9999 }, 503, `{"code":9999,"msg":"Internal error"}`, {}],
    [{ code: 9999 }, 200, `{"code":9999,"msg":"Internal error"}`, {}],
    [{ code: 9999, status: 500 }, 500, `{"code":9999,"msg":"Internal error"}`, {}],
    [{ code: 424242, msg: "new" }, 200, `{"code":424242,"msg":"new"}`, {}],
    [{ code: "0" }, 200, `{"code":"0","data":null}`, {}],
    [{ code: null }, 200, `{"code":null}`, {}],
    [{ status: 204 }, 204, "", {}],
    [{ headers: { "content-encoding": "gzip" } }, 200, `{"code":0,"data":null}`, { "content-encoding": "gzip" }],
    ...["30", "-1", "0", "soon", "2160000000", "Wed, 21 Oct 2015 07:28:00 GMT"].map(
      (retryAfter) =>
        [
          { code: 201, status: 429, retryAfter },
          429,
          `{"code":201,"msg":"Request frequency limit"}`,
          { "retry-after": retryAfter }
        ] as const
    ),
    [
      { code: 201, retryAfter: { inSeconds: 90 } },
      200,
      `{"code":201,"msg":"Request frequency limit"}`,
      {
        "retry-after": "Thu, 01 Jan 1970 00:02:30 GMT"
      }
    ],
    [
      { code: 201, retryAfter: { inSeconds: -30 } },
      200,
      `{"code":201,"msg":"Request frequency limit"}`,
      {
        "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT"
      }
    ],
    ...[301, 302, 303, 307, 308].map(
      (status) =>
        [
          { status, headers: { location: "http://127.0.0.1:9/" }, body: "" },
          status,
          "",
          { location: "http://127.0.0.1:9/" }
        ] as const
    )
  ]

  it.effect.each(answers)("%j", ([answer, status, body, headers]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* TestClock.adjust("1 minute")
      for (const act of ["once", "never"] as const) {
        yield* emulator.useFaults([{ fault: { act, answer } }])
        yield* emulator.create({ sessionId: act })
        const came = yield* exchangeRaw(act)
        assert.strictEqual(yield* emulator.holds(act), act === "never")
        // What is not said falsely is true: a server that never acted says so.
        const isFalse = act === "once" || answer.body !== undefined || answer.code !== undefined || status === 204
        assert.strictEqual(came.body, isFalse ? body : `{"code":9999,"msg":"Internal error"}`)
        assert.strictEqual(came.status, status)
        assert.deepInclude(came.headers, headers)
        assert.match(came.headers["x-pd-trace-id"] ?? "", /^[0-9a-f]{32}$/)
        assert.deepStrictEqual((yield* emulator.requests).at(-1)?.answer?.status, status)
      }
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("padTo makes the body long, and leaves it what it is", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const { code, text } = yield* del(emulator, "one")
      assert.deepStrictEqual([code, text.length], [0, 70_000])
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { answer: { padTo: 70_000 } } }] })))
  )
})

describe("act", () => {
  it.effect("twice is a duplicate: one commit, and the answer of the second", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      assert.strictEqual((yield* del(emulator, "one")).code, 300003)
      const { commits, requests } = yield* emulator.oracle
      assert.deepStrictEqual([commits.length, requests.length], [1, 1])
      assert.strictEqual(requests[0]?.answer?.code, 300003)
      // Both counted against the rate.
      assert.strictEqual((yield* del(emulator, "one")).code, 201)
    }).pipe(Effect.provide(Emulator.layerTest({ rate: 2, faults: [{ fault: { act: "twice" } }] })))
  )

  it.effect("is what the API would do: nothing, for a wrong key", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const refused = yield* del(emulator, "one", { headers: { "x-pd-api-key": "wrong" } })
      assert.strictEqual(refused.code, 0)
      assert.isTrue(yield* emulator.holds("one"))
      assert.isEmpty((yield* emulator.oracle).commits)
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { answer: { code: 0, status: 200 } } }] })))
  )

  it.effect("every operation can have faults, its pages none", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const list = `${emulator.baseUrl}/v1/team/sessions?userId=u`
      assert.strictEqual((yield* send(list, { headers: { "x-pd-api-key": emulator.apiKey } })).status, 503)
      const created = yield* send(`${emulator.baseUrl}/v1/team/sessions`, {
        method: "POST",
        headers: { "x-pd-api-key": emulator.apiKey, "content-type": "application/json" },
        body: JSON.stringify({ userId: emulator.userId })
      })
      assert.strictEqual(created.status, 503)
      assert.strictEqual((yield* emulator.sessions).length, 2)
      assert.strictEqual((yield* send(new URL("/openapi.json", list).href)).status, 200)
    }).pipe(
      Effect.provide(
        Emulator.layerTest({ faults: [{ match: { on: "any" }, fault: { act: "twice", answer: { status: 503 } } }] })
      )
    )
  )
})

describe("before and after", () => {
  it.effect("B12 the server acts although the client has left", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const connection = yield* dial
      yield* connection.write(deletion(emulator, "one"))
      yield* arrived(1)
      yield* connection.leave
      yield* noticed
      yield* TestClock.adjust("9999 millis")
      assert.isTrue(yield* emulator.holds("one"))
      yield* TestClock.adjust("1 millis")
      yield* eventually(Effect.map(emulator.oracle, ({ commits }) => commits.length === 1))
      const { commits, requests } = yield* emulator.oracle
      assert.isFalse(yield* emulator.holds("one"))
      assert.deepStrictEqual([commits[0]?.at, commits[0]?.traceId], [10_000, requests[0]?.traceId])
      assert.isUndefined(requests[0]?.answer)
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { before: "10 seconds" } }] })))
  )

  it.effect("B12 after lets a time pass once the server has acted", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const connection = yield* dial
      yield* connection.write(deletion(emulator, "one"))
      yield* eventually(Effect.map(emulator.holds("one"), (held) => !held))
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(connection.seen.text, "")
      yield* TestClock.adjust("1 millis")
      yield* connection.until(({ text }) => text.endsWith(`{"code":0,"data":null}`))
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { after: 5000 } }] })))
  )

  it.effect("B12 forever lasts until the client leaves", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.create({ sessionId: "one" })
      const connection = yield* dial
      yield* connection.write(deletion(emulator, "one"))
      yield* eventually(Effect.map(emulator.holds("one"), (held) => !held))
      yield* TestClock.adjust("365 days")
      yield* noticed
      assert.deepStrictEqual(connection.seen, { text: "", ending: undefined })
      yield* connection.leave
      yield* noticed
      assert.isUndefined((yield* emulator.requests)[0]?.answer)
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { after: "forever" } }] })))
  )

  it.effect.each<Fault>([{ before: "1 day" }, { after: "forever" }, { send: { slow: "1 day" } }])(
    "%j does not hold up closing",
    (fault) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const emulator = yield* Scope.provide(Emulator.make({ port: 0, faults: [{ fault }] }), scope)
        yield* emulator.create({ sessionId: "one" })
        const connection = yield* Effect.provideService(dial, Emulator, emulator)
        yield* connection.write(deletion(emulator, "one"))
        yield* Effect.provideService(arrived(1), Emulator, emulator)
        yield* Scope.close(scope, Exit.void)
        yield* connection.until(({ ending }) => ending !== undefined)
        yield* TestClock.adjust("2 days")
        assert.strictEqual(yield* emulator.holds("one"), fault.before !== undefined)
      })
  )
})
