import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Schema } from "effect"
import { Emulator, FaultPlan, InvalidFaultPlan } from "../src/index.ts"
import { del, send } from "./fixtures/call.ts"
import { exchangeRaw } from "./fixtures/wire.ts"

/** The codes that so many deletes, each of another session, are answered with. */
const codes = Effect.fnUntraced(function* (count: number, sessionIds: ReadonlyArray<string> = ["any"]) {
  const emulator = yield* Emulator
  const each = Array.from({ length: count }, (_, i) => sessionIds[i % sessionIds.length] ?? "any")
  return yield* Effect.forEach(each, (id) => Effect.map(del(emulator, id), ({ code }) => code))
})

describe("FaultPlan", () => {
  it.effect("counts deletes unless told otherwise; the first rule that matches decides", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* send(`${emulator.baseUrl}/v1/team/sessions?userId=u`, { headers: { "x-pd-api-key": emulator.apiKey } })
      assert.deepStrictEqual(yield* codes(5), [1, 2, 3, 300003, 300003])
      const rules = (yield* emulator.requests).map(({ fault }) => fault)
      assert.deepStrictEqual(rules, [undefined, 0, 1, 3, undefined, undefined])
    }).pipe(
      Effect.provide(
        Emulator.layerTest({
          faults: [
            { match: { nth: 1 }, fault: { answer: { code: 1 } } },
            { match: { nth: 2 }, fault: { answer: { code: 2 } } },
            { match: { nth: 2 }, fault: { answer: { code: 9 } } },
            { match: { on: "any", nth: 4 }, fault: { answer: { code: 3 } } }
          ]
        })
      )
    )
  )

  it.effect("can be about one session, or count for each by itself", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* codes(8, ["a", "a", "b", "/c"]), [300003, 2, 300003, 1, 300003, 300003, 2, 2])
    }).pipe(
      Effect.provide(
        Emulator.layerTest({
          faults: [
            { match: { sessionId: "/c", nth: 1 }, fault: { answer: { code: 1 } } },
            { match: { per: "session", nth: 2 }, fault: { answer: { code: 2 } } }
          ]
        })
      )
    )
  )

  it.effect("the same seed gives the same faults, another seed others", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const plan: FaultPlan = [{ match: { chance: 0.5 }, fault: { answer: { code: 1 } } }]
      const run = (seed: number) => Effect.andThen(emulator.useFaults(plan, { seed }), codes(40))
      const [first, second, third] = [yield* run(1), yield* run(1), yield* run(2)]
      assert.deepStrictEqual(first, second)
      assert.notDeepEqual(first, third)
      const hits = first.filter((code) => code === 1).length
      assert.isTrue(hits > 8 && hits < 32, `${hits} of 40`)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("per session, the order in which requests arrive changes nothing", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const plan: FaultPlan = [{ match: { chance: 0.5, per: "session" }, fault: { answer: { code: 1 } } }]
      const ids = Array.from({ length: 20 }, (_, i) => `session-${i}`)
      const hit = Effect.fnUntraced(function* (order: ReadonlyArray<string>) {
        yield* emulator.useFaults(plan)
        const answers = yield* codes(order.length, order)
        return new Set(order.filter((_, i) => answers[i] === 1))
      })
      const forwards = yield* hit(ids)
      assert.deepStrictEqual(yield* hit(ids.toReversed()), forwards)
      assert.isAbove(forwards.size, 0)
      assert.isBelow(forwards.size, 20)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("can be replaced, and then counts from the start", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.deepStrictEqual(yield* codes(2), [1, 300003])
      yield* emulator.useFaults([{ match: { nth: 2 }, fault: { answer: { code: 2 } } }])
      assert.deepStrictEqual(yield* codes(3), [300003, 2, 300003])
      yield* emulator.useFaults([])
      assert.deepStrictEqual(yield* codes(2), [300003, 300003])
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ match: { nth: 1 }, fault: { answer: { code: 1 } } }] })))
  )

  it.effect("leaves what answerNextDelete queued as the truth", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.answerNextDelete({ code: 100001 })
      const { code, status } = yield* del(emulator, "any")
      assert.deepStrictEqual([status, code], [503, 100001])
    }).pipe(Effect.provide(Emulator.layerTest({ faults: [{ fault: { answer: { status: 503 } } }] })))
  )
})

describe("fromJson", () => {
  it.effect.prop(
    "reads what JSON.stringify writes",
    [Schema.toType(FaultPlan)],
    ([plan]) =>
      Effect.gen(function* () {
        // JSON has no negative zero, and no other difference.
        const expected: unknown = JSON.parse(JSON.stringify(plan))
        assert.deepStrictEqual<unknown>(yield* FaultPlan.fromJson(JSON.stringify(plan)), expected)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.each([
    ["nope", "Expected a valid JSON string"],
    ["{}", "Expected array"],
    [`[{}]`, `Missing key at [0]["fault"]`],
    [`[{"fault":{"sned":"half"}}]`, `Expected no excess property at [0]["fault"]["sned"]`],
    [`[{"fault":{"act":"thrice"}}]`, `Expected "once" | "never" | "twice" at [0]["fault"]["act"]`],
    [
      `[{"fault":{"before":"soon"}}]`,
      `Expected whole milliseconds, or a text such as "2 seconds" at [0]["fault"]["before"]`
    ],
    [`[{"fault":{"before":-1}}]`, `Expected a value between 0 and 9007199254740991 at [0]["fault"]["before"]`],
    [`[{"fault":{"send":"reset-tail"}}]`, `Expected "whole" | "half" | "reset-start" | `],
    [
      `[{"fault":{"send":{"slow":"x"}}}]`,
      `Expected whole milliseconds, or a text such as "2 seconds" at [0]["fault"]["send"]["slow"]`
    ],
    [
      `[{"fault":{"answer":{"status":100}}}]`,
      `Expected a value between 200 and 599 at [0]["fault"]["answer"]["status"]`
    ],
    [`[{"fault":{"answer":{"headers":{"Location":"x"}}}}]`, `"Location" is not a header name in lower case`],
    [`[{"fault":{"answer":{"headers":{"content-length":"3"}}}}]`, `"content-length" cannot be set`],
    [`[{"fault":{"answer":{"headers":{"a":"b\\r\\nc: d"}}}}]`, "A header value is printable ASCII"],
    [`[{"match":{"nth":0},"fault":{}}]`, `at [0]["match"]["nth"]`],
    [`[{"match":{"chance":2},"fault":{}}]`, `at [0]["match"]["chance"]`]
  ])("refuses %s", ([text = "", reason = ""]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FaultPlan.fromJson(text))
      assert.instanceOf(error, InvalidFaultPlan)
      assert.include(error.message, reason)
      assert.match(error.message, /^This is not a fault plan\. .*\nA plan is a JSON array of rules, such as \[.*\]\.$/)
    })
  )

  it.effect("shows a plan that is one", () =>
    Effect.gen(function* () {
      const { message } = new InvalidFaultPlan({ reason: "" })
      const example = /\[.*\]/.exec(message)?.[0] ?? ""
      assert.strictEqual((yield* FaultPlan.fromJson(example)).length, 1)
    })
  )
})

describe("arbitrary", () => {
  const redirectTo = "http://127.0.0.1:9/"

  it.effect("makes plans of every kind, within its bounds, that can be written to a file", () =>
    Effect.gen(function* () {
      const bounded = FaultPlan.arbitrary({ requests: 3, maxStall: "50 millis", redirectTo })
      const plans = yield* Arbitrary.sampleEffect(bounded, { count: 2000, size: 10, seed: 1 })
      const seen = new Set<string>()
      for (const plan of plans) {
        assert.isAtMost(plan.length, 3)
        for (const { fault, match } of plan) {
          assert.include([1, 2, 3], match?.nth)
          for (const wait of [fault.before, fault.after]) assert.isTrue(typeof wait === "number" && wait <= 50)
          seen.add(`act ${fault.act}`)
          seen.add(`send ${JSON.stringify(fault.send)}`)
          seen.add(`status ${fault.answer?.status}`)
        }
        assert.deepStrictEqual(yield* FaultPlan.fromJson(JSON.stringify(plan)), plan)
      }
      for (const act of ["once", "never", "twice"]) assert.include(seen, `act ${act}`)
      for (const status of [200, 204, 301, 308, 404, 429, 500, 502, 503]) assert.include(seen, `status ${status}`)
      const sends = [`"half"`, `"reset-next"`, `"whole"`, `"close-body"`, `"reset-start"`, `{"slow":50}`]
      for (const send of sends) assert.include(seen, `send ${send}`)
    })
  )

  it.effect.prop(
    "B31 what a client that reads answers right claims is true, and the oracle knows the rest",
    [FaultPlan.arbitrary({ requests: 4, maxStall: 0, redirectTo })],
    ([plan]) =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.useFaults(plan)
        for (const sessionId of ["a", "b", "c", "d"]) {
          yield* emulator.create({ sessionId })
          const claimed = claim(yield* exchangeRaw(sessionId))
          const held = yield* emulator.holds(sessionId)
          const { commits } = yield* emulator.oracle
          assert.strictEqual(
            commits.some((commit) => commit.sessionId === sessionId),
            !held
          )
          if (claimed !== "unknown") assert.strictEqual(claimed, held ? "not deleted" : "deleted")
        }
      }).pipe(Effect.provide(Emulator.layerTest())),
    { arbitrary: { runs: 400 }, timeout: 30_000 }
  )
})

const Envelope = Schema.fromJsonString(Schema.Struct({ code: Schema.Int }))

const decodeEnvelope = Schema.decodeUnknownExit(Envelope)

/** The least a client must know to be right. */
const claim = ({ body, ending, headers, status }: Effect.Success<ReturnType<typeof exchangeRaw>>) => {
  if (ending !== undefined || headers["content-encoding"] !== undefined || body.length > 65_536) return "unknown"
  const envelope = decodeEnvelope(body)
  if (Exit.isFailure(envelope)) {
    // What begins like an envelope may have said anything.
    return status >= 400 && status < 500 && !body.startsWith("{") ? "not deleted" : "unknown"
  }
  const { code } = envelope.value
  if (code === 0) return status >= 200 && status < 300 ? "deleted" : "unknown"
  return code === 9999 || (code === 424242 && status >= 500) ? "unknown" : "not deleted"
}
