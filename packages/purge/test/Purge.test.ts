/**
 * What a purge sends, tells and leaves behind, also when it is cut off.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  BadRequest,
  type Disposition,
  Forbidden,
  Internal,
  InvalidOperation,
  OutcomeUnknown,
  Plugin,
  PowerdrillConfig,
  RateBudget,
  RateLimited,
  Sessions,
  SessionNotFound,
  type SessionsError,
  Unauthorized,
  Unreachable
} from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { Ledger, LedgerError, Purge, type PurgeEvent, Verification } from "@powerdrill-sessions/purge"
import { Cause, Clock, Deferred, Duration, Effect, Exit, Fiber, Layer, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import {
  append,
  begun,
  deleted,
  empty,
  idsOf,
  intent,
  outcome,
  sql,
  stored,
  unknown,
  withLedger
} from "./support/ledgers.ts"
import { planOf } from "./support/plans.ts"

type Answer = Effect.Effect<Disposition, SessionsError>

/** Sessions that are answered by a function, and the ids that were asked for. */
const answering = (answer: (sessionId: string) => Answer) => {
  const sent: Array<string> = []
  const layer = Sessions.layerTest(({ sessionId }) =>
    Effect.suspend(() => {
      sent.push(sessionId)
      return answer(sessionId)
    })
  )
  return { sent, layer }
}

const fine: Answer = Effect.succeed("deleted")
const about = (sessionId: string) => ({ sessionId, outcome: "not-deleted" as const, attempts: 1 })
const fail = {
  notFound: (id: string): Answer => Effect.fail(new SessionNotFound({ ...about(id), code: 300003 })),
  unauthorized: (id: string): Answer => Effect.fail(new Unauthorized({ ...about(id), code: 1004 })),
  forbidden: (id: string): Answer =>
    Effect.fail(new Forbidden({ ...about(id), code: 300002, httpStatus: 200, traceId: "t" })),
  limited: (id: string): Answer => Effect.fail(new RateLimited({ ...about(id), code: 201, limitedBy: "api" })),
  lost: (id: string): Answer => Effect.fail(new OutcomeUnknown({ ...about(id), outcome: "unknown", reason: "timeout" }))
}

const purge = (count: number, options: Purge.PurgeOptions = {}) =>
  Purge.run(planOf(idsOf(count)), { concurrency: 1, ...options })

const collect = (count: number, options?: Purge.PurgeOptions) => Stream.runCollect(purge(count, options))

/** Lets time pass, in steps of so many seconds; whoever can go on does so in between. */
const elapse = (seconds: number, step = 1) =>
  Effect.repeat(Effect.andThen(idle, TestClock.adjust(step * 1000)), { times: Math.ceil(seconds / step) - 1 }).pipe(
    Effect.andThen(idle)
  )

const idle = Effect.repeat(Effect.yieldNow, { times: 200 })

/** Runs an effect to its end, in simulated time. */
const simulate = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) yield* elapse(1)
  return yield* Fiber.join(fiber)
})

/** An event in a word or two. */
const brief = (event: PurgeEvent) => {
  switch (event._tag) {
    case "Settled":
      return `${event.sessionId} ${event.outcome.disposition ?? event.outcome.error}`
    case "Ended":
      return `Ended ${event.reason}`
    default:
      return event._tag
  }
}

const endOf = (events: ReadonlyArray<PurgeEvent>) => {
  const last = events.at(-1)
  return last?._tag === "Ended" ? last.reason : last?._tag
}

const counts = Effect.flatMap(Ledger, (ledger) => ledger.counts)
const verify = Effect.flatMap(Ledger, (ledger) => ledger.verify)
const requests = Effect.flatMap(Ledger, (ledger) => Stream.runCollect(ledger.requests))
const stateOf = (n: number) => Effect.map(requests, (rows) => rows[n - 1]?.state)
const kinds = Effect.map(stored, (rows) =>
  rows.map(({ body }) => Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ kind: Schema.String })))(body).kind)
)

const test =
  (count: number, layer: Layer.Layer<Sessions>) =>
  <A, E>(effect: Effect.Effect<A, E, Ledger | Sessions | Layer.Success<typeof empty>>) =>
    effect.pipe(withLedger(count), Effect.provide([layer, empty]))

describe("Purge", () => {
  it.effect("tells what becomes of each session, in order", () => {
    const { layer, sent } = answering((id) => (id === "b" ? fail.notFound(id) : fine))
    return Effect.gen(function* () {
      const events = yield* collect(3, { by: "ann" })
      assert.deepStrictEqual(events.map(brief), [
        "Begun",
        "a deleted",
        "b SessionNotFound",
        "c deleted",
        "Ended finished"
      ])
      assert.deepStrictEqual(sent, ["a", "b", "c"])
      const [first] = events
      assert.isTrue(first?._tag === "Begun" && !first.resumed && first.plan.count === 3)
      assert.deepStrictEqual(
        events.map(({ counts }) => [counts.deleted, counts.notDeleted, counts.unprocessed]),
        [
          [0, 0, 3],
          [1, 0, 2],
          [1, 1, 1],
          [2, 1, 0],
          [2, 1, 0]
        ]
      )
      assert.deepStrictEqual(events.at(-1)?.counts, yield* counts)
      assert.deepStrictEqual(yield* kinds, [
        "plan",
        "begun",
        "intent",
        "outcome",
        "intent",
        "outcome",
        "intent",
        "outcome",
        "ended"
      ])
      const run = yield* Effect.flatMap(Ledger, ({ run }) => run)
      assert.strictEqual(run.begun?.by, "ann")
      assert.strictEqual(run.ended?.reason, "finished")
      yield* verify
    }).pipe(test(3, layer))
  })

  it.effect("sends nothing again when it is run again", () => {
    const { layer, sent } = answering((id) => (id === "b" ? fail.forbidden(id) : fine))
    return Effect.gen(function* () {
      yield* collect(3)
      const again = yield* collect(3)
      assert.deepStrictEqual(again.map(brief), ["Begun", "Ended finished"])
      assert.isTrue(again[0]?._tag === "Begun" && again[0].resumed)
      assert.lengthOf(sent, 3)
    }).pipe(test(3, layer))
  })

  it.effect("has no more calls under way than it may, and as many", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const { layer } = answering(() =>
        Effect.gen(function* () {
          most = Math.max(most, ++now)
          yield* Effect.sleep("1 second")
          now--
          return "deleted" as const
        })
      )
      const events = yield* simulate(collect(20, { concurrency: 5 }).pipe(test(20, layer)))
      assert.strictEqual(endOf(events), "finished")
      assert.strictEqual(most, 5)
    })
  )

  describe("keeps of each ending what is known", () => {
    const endings: Record<string, readonly [Answer, state: string, final: 0 | 1]> = {
      Forbidden: [fail.forbidden("a"), "not-deleted", 1],
      SessionNotFound: [fail.notFound("a"), "not-deleted", 1],
      RateLimited: [fail.limited("a"), "not-deleted", 0],
      OutcomeUnknown: [fail.lost("a"), "unknown", 0],
      BadRequest: [Effect.fail(new BadRequest({ ...about("a"), code: 100 })), "not-deleted", 1],
      InvalidOperation: [Effect.fail(new InvalidOperation({ ...about("a"), code: 100001 })), "not-deleted", 1],
      Internal: [Effect.fail(new Internal({ ...about("a"), outcome: "unknown", code: 9999 })), "unknown", 0],
      Unauthorized: [fail.unauthorized("a"), "not-deleted", 0],
      Unreachable: [Effect.fail(new Unreachable({ ...about("a"), detail: "ECONNREFUSED" })), "not-deleted", 0],
      Defect: [Effect.die(new Error("bang")), "unknown", 0]
    }
    for (const [error, [answer, state, final]] of Object.entries(endings)) {
      it.effect(error, () =>
        Effect.gen(function* () {
          const events = yield* collect(1)
          const [row] = yield* requests
          assert.deepStrictEqual({ error: row?.error, final: row?.final, state: row?.state }, { error, final, state })
          assert.strictEqual(events.at(1)?._tag, "Settled")
          yield* verify
        }).pipe(test(1, answering(() => answer).layer))
      )
    }

    it.effect("with its code, status, trace id and attempts", () =>
      Effect.gen(function* () {
        yield* collect(1)
        const [row] = yield* requests
        assert.deepStrictEqual([row?.code, row?.http_status, row?.trace_id, row?.attempts], [300002, 200, "t", 1])
        assert.include(row?.message ?? "", "The API does not permit it.")
      }).pipe(test(1, answering(fail.forbidden).layer))
    )

    it.effect("and no more of a defect than what it says", () =>
      Effect.gen(function* () {
        yield* collect(1)
        const [row] = yield* requests
        assert.strictEqual(row?.message, "The call broke: Error: bang")
      }).pipe(test(1, answering(() => Effect.die(new Error("bang"))).layer))
    )

    it.effect("and counts what was refused and how long it waited", () => {
      const { respond } = ScriptedHttpClient
      const layer = Sessions.layer.pipe(
        Layer.provide(PowerdrillConfig.layer({ apiKey: "test" })),
        Layer.provide(Layer.succeed(RateBudget, { take: () => Effect.sleep("2 seconds"), report: () => Effect.void })),
        Layer.provideMerge(
          ScriptedHttpClient.layer([respond({ code: 201 }), respond({ code: 0 }), respond({ code: 0 })])
        ),
        Layer.orDie
      )
      return Effect.gen(function* () {
        const [, one, two] = yield* simulate(collect(2))
        assert.isTrue(one?._tag === "Settled" && two?._tag === "Settled")
        if (one?._tag !== "Settled" || two?._tag !== "Settled") return
        assert.deepStrictEqual([one.outcome.refused, one.outcome.attempts], [1, 2])
        assert.isUndefined(two.outcome.refused)
        assert.deepStrictEqual([one.outcome.queuedMillis, two.outcome.queuedMillis], [4000, 2000])
      }).pipe(test(2, layer))
    })
  })

  it.effect("counts a session that was not there as deleted where that is wanted", () =>
    Effect.gen(function* () {
      const events = yield* collect(1, { absentIsDeleted: true })
      assert.deepStrictEqual(events.map(brief), ["Begun", "a already-absent", "Ended finished"])
    }).pipe(test(1, answering(fail.notFound).layer))
  )

  it.effect("knows that a session is gone that is not found after it was in doubt", () => {
    const { layer } = answering(fail.notFound)
    return Effect.gen(function* () {
      yield* append(begun, intent(1), intent(2), outcome(2, unknown), intent(3), outcome(3, deleted))
      const events = yield* collect(4)
      assert.deepStrictEqual(events.map(brief), [
        "Begun",
        "a absent-after-unknown",
        "b absent-after-unknown",
        "d SessionNotFound",
        "Ended finished"
      ])
      assert.deepStrictEqual(events.at(-1)?.counts, yield* counts)
    }).pipe(test(4, layer))
  })

  describe("is refused", () => {
    for (const [name, value] of [
      ["maxDelete", Number.NaN],
      ["maxDelete", -1],
      ["concurrency", Number.NaN],
      ["concurrency", 0],
      ["stopAfterFailures", 1.5],
      ["stopAfterFailures", 0],
      ["concurrency", Infinity]
    ] as const) {
      it.effect(`with ${name} ${value}`, () => {
        const { layer, sent } = answering(() => fine)
        return Effect.gen(function* () {
          const error = yield* Effect.flip(collect(3, { [name]: value }))
          assert.deepInclude(error, { _tag: "PurgeRefused", reason: "invalid-option" })
          assert.include(error.message, name)
          assert.deepStrictEqual(sent, [])
        }).pipe(test(3, layer))
      })
    }

    it.effect("by a client of another server, and so is a verification", () => {
      const { layer, sent } = answering(() => fine)
      const elsewhere = Layer.effect(
        Sessions,
        Sessions.useSync((sessions) => ({ ...sessions, baseUrl: "https://elsewhere.example/api" }))
      ).pipe(Layer.provide(layer))
      return Effect.gen(function* () {
        assert.deepInclude(yield* Effect.flip(collect(3)), { _tag: "PurgeRefused", reason: "other-server" })
        assert.deepInclude(yield* Effect.flip(Stream.runDrain(Verification.run())), { problem: "other-plan" })
        assert.deepStrictEqual(sent, [])
      }).pipe(test(3, elsewhere))
    })

    it.effect("while it, or a verification, is under way in the same program", () =>
      Effect.gen(function* () {
        const { layer } = answering(() => Effect.never)
        yield* Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(collect(3))
          yield* elapse(1)
          assert.deepInclude(yield* Effect.flip(collect(3)), { _tag: "LedgerError", problem: "held" })
          assert.deepInclude(yield* Effect.flip(Stream.runDrain(Verification.run())), { problem: "held" })
          yield* Fiber.interrupt(fiber)
          assert.strictEqual((yield* counts).unknown, 1)
        }).pipe(test(3, layer))
      })
    )
  })

  describe("stops", () => {
    it.effect("when the key is refused, has noted what was under way, and goes on when it is run again", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        let bad = true
        const { layer, sent } = answering((id) => {
          if (id === "a" && bad) return Effect.andThen(Deferred.await(gate), fine)
          if (!bad) return fine
          return Effect.andThen(Effect.andThen(Effect.yieldNow, fail.unauthorized(id)), Effect.never).pipe(
            Effect.ensuring(Deferred.succeed(gate, undefined))
          )
        })
        yield* Effect.gen(function* () {
          const events = yield* collect(20, { concurrency: 3 })
          assert.strictEqual(endOf(events), "unauthorized")
          assert.isTrue(events.some((event) => brief(event) === "a deleted"))
          assert.isAtMost(sent.length, 4)
          const last = events.at(-1)
          assert.include(last?._tag === "Ended" ? (last.message ?? "") : "", "The API refused the key.")
          bad = false
          assert.strictEqual(endOf(yield* collect(20)), "finished")
          assert.strictEqual((yield* counts).deleted, 20)
          assert.lengthOf(
            sent.filter((id) => id === "a"),
            1
          )
          yield* verify
        }).pipe(test(20, layer))
      })
    )

    it.effect("when a plugin refuses the entire run, and not when it refuses one session", () => {
      const { layer, sent } = answering(() => fine)
      const guard = Plugin.make({
        name: "guard",
        before: ({ sessionId }) =>
          sessionId === "b"
            ? Plugin.veto("it is protected")
            : sessionId === "d"
              ? Plugin.veto("there is a freeze", { entireRun: true })
              : Effect.void
      })
      return Effect.gen(function* () {
        const events = yield* Effect.provide(collect(6), Plugin.layer(guard))
        assert.deepStrictEqual(events.map(brief), [
          "Begun",
          "a deleted",
          "b Vetoed",
          "c deleted",
          "d Vetoed",
          "Ended vetoed"
        ])
        assert.strictEqual((yield* counts).vetoed, 2)
        assert.strictEqual(endOf(yield* collect(6)), "finished")
        assert.deepStrictEqual(sent, ["a", "c", "d", "e", "f"])
        assert.strictEqual((yield* counts).vetoed, 1)
        yield* verify
      }).pipe(test(6, layer))
    })

    it.effect("after so many failures in a row, which vetoes are not", () => {
      const { layer, sent } = answering((id) => (id === "c" ? fine : fail.limited(id)))
      const guard = Plugin.make({
        name: "guard",
        before: ({ sessionId }) => (sessionId === "e" ? Plugin.veto("it is protected") : Effect.void)
      })
      return Effect.gen(function* () {
        const events = yield* Effect.provide(collect(20, { stopAfterFailures: 3 }), Plugin.layer(guard))
        assert.deepStrictEqual(sent, ["a", "b", "c", "d", "f", "g"])
        const last = events.at(-1)
        assert.strictEqual(endOf(events), "failures")
        assert.include(last?._tag === "Ended" ? (last.message ?? "") : "", "3 calls in a row did not delete.")
      }).pipe(test(20, layer))
    })

    it.effect("not after any number of sessions that are not found", () =>
      Effect.gen(function* () {
        const events = yield* collect(20, { stopAfterFailures: 3 })
        assert.strictEqual(endOf(events), "finished")
        assert.strictEqual((yield* counts).notDeleted, 20)
      }).pipe(test(20, answering(fail.notFound).layer))
    )

    it.effect("when the key has no rights, and tries all of them again when it is run again", () => {
      const { layer, sent } = answering((id) =>
        Effect.fail(new Forbidden({ ...about(id), code: 1003, httpStatus: 403 }))
      )
      return Effect.gen(function* () {
        assert.strictEqual(endOf(yield* collect(20)), "unauthorized")
        assert.strictEqual(endOf(yield* collect(20)), "unauthorized")
        assert.deepStrictEqual(sent, ["a", "a"])
      }).pipe(test(20, layer))
    })

    it.effect("no call before the API allows it, and counts none of them as a failure", () =>
      Effect.gen(function* () {
        let until = 0
        const { layer, sent } = answering((id) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            if (sent.length === 1) until = now + 90_000
            const left = Duration.millis(until - now)
            if (now >= until) return fine
            return Effect.fail(new RateLimited({ ...about(id), code: 201, limitedBy: "api", retryAfter: left }))
          })
        )
        yield* Effect.gen(function* () {
          const events = yield* simulate(collect(3, { stopAfterFailures: 1 }))
          assert.deepStrictEqual(events.map(brief), [
            "Begun",
            "a RateLimited",
            "Paused",
            "Resumed",
            "b deleted",
            "c deleted",
            "Ended finished"
          ])
          const paused = events[2]
          assert.deepInclude(paused, { by: "the API", forMillis: 90_000 })
        }).pipe(test(3, layer))
      })
    )

    it.effect("when it is halted, and lets the calls under way come to their end", () =>
      Effect.gen(function* () {
        const halt = yield* Deferred.make<void>()
        const { layer, sent } = answering(() => Effect.as(Effect.sleep("10 seconds"), "deleted" as const))
        yield* Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(collect(20, { concurrency: 4, halt: Deferred.await(halt) }))
          yield* elapse(5)
          yield* Deferred.succeed(halt, undefined)
          yield* elapse(6)
          const events = yield* Fiber.join(fiber)
          assert.strictEqual(endOf(events), "halted")
          assert.lengthOf(sent, 4)
          assert.strictEqual((yield* counts).deleted, 4)
          assert.strictEqual((yield* counts).unknown, 0)
        }).pipe(test(20, layer))
      })
    )
  })

  describe("is told by another ledger", () => {
    const tell = (command: "go" | "pause" | "cancel") =>
      Effect.provide(
        Effect.flatMap(Ledger, (ledger) => ledger.tell(command, "ann")),
        Ledger.layerAttached
      )

    it.effect("to pause and to go on", () => {
      const { layer, sent } = answering(() => Effect.as(Effect.sleep("10 seconds"), "deleted" as const))
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(collect(3))
        yield* elapse(5)
        yield* tell("pause")
        yield* elapse(3600, 60)
        assert.lengthOf(sent, 1)
        assert.deepStrictEqual([(yield* counts).deleted, (yield* counts).unknown], [1, 0])
        yield* tell("go")
        yield* elapse(60)
        assert.deepStrictEqual((yield* Fiber.join(fiber)).map(brief), [
          "Begun",
          "a deleted",
          "Paused",
          "Resumed",
          "b deleted",
          "c deleted",
          "Ended finished"
        ])
      }).pipe(test(3, layer))
    })

    it.effect("to cancel, also while it pauses, and refuses to begin again until it is told to", () => {
      const { layer, sent } = answering(() => Effect.as(Effect.sleep("10 seconds"), "deleted" as const))
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(collect(9, { concurrency: 2 }))
        yield* elapse(5)
        yield* tell("pause")
        yield* elapse(60)
        yield* tell("cancel")
        yield* elapse(60)
        const events = yield* Fiber.join(fiber)
        assert.strictEqual(endOf(events), "cancelled")
        assert.lengthOf(
          events.filter(({ _tag }) => _tag === "Paused"),
          1
        )
        assert.lengthOf(sent, 2)
        const refused = yield* Effect.flip(collect(9))
        assert.strictEqual(refused._tag === "PurgeRefused" ? refused.reason : refused._tag, "cancelled")
        assert.include(refused.message, "cancelled by ann at 1970-01-01T00:01:05.000Z")
        assert.lengthOf(sent, 2)
        yield* tell("go")
        assert.strictEqual(endOf(yield* simulate(collect(9))), "finished")
        assert.lengthOf(sent, 9)
      }).pipe(test(9, layer))
    })

    it.effect("to halt while it pauses", () =>
      Effect.gen(function* () {
        const halt = yield* Deferred.make<void>()
        const { layer, sent } = answering(() => fine)
        yield* Effect.gen(function* () {
          yield* tell("pause")
          const fiber = yield* Effect.forkChild(collect(9, { halt: Deferred.await(halt) }))
          yield* elapse(60)
          yield* Deferred.succeed(halt, undefined)
          yield* elapse(2)
          assert.strictEqual(endOf(yield* Fiber.join(fiber)), "halted")
          assert.lengthOf(sent, 0)
        }).pipe(test(9, layer))
      })
    )
  })

  describe("refuses", () => {
    const { layer, sent } = answering(() => fine)
    it.effect("a plan with too many sessions, and takes one with as many as it may", () =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(collect(3, { maxDelete: 2 }))
        assert.strictEqual(refused._tag === "PurgeRefused" ? refused.reason : refused._tag, "too-many")
        assert.strictEqual(refused.message, "The plan has 3 sessions, and at most 2 may be deleted. Nothing was sent.")
        assert.lengthOf(sent, 0)
        assert.deepStrictEqual(yield* kinds, ["plan"])
        assert.strictEqual(endOf(yield* collect(3, { maxDelete: 3 })), "finished")
      }).pipe(test(3, layer))
    )

    it.effect("another plan than that of its ledger", () =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(collect(2))
        assert.strictEqual(refused._tag === "PurgeRefused" ? refused.reason : refused._tag, "other-plan")
      }).pipe(test(3, layer))
    )
  })

  describe("interrupted", () => {
    it.effect("leaves what was under way as it is: in doubt", () => {
      const { layer, sent } = answering((id) => (id === "a" ? fine : Effect.never))
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(collect(5, { concurrency: 2 }))
        yield* idle
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(sent, ["a", "b", "c"])
        assert.deepStrictEqual(
          (yield* requests).map(({ state }) => state),
          ["deleted", "intended", "intended", "planned", "planned"]
        )
        yield* verify
      }).pipe(test(5, layer))
    })

    it.effect("by a wrapper that interrupts itself, a call is in doubt and the run goes on", () => {
      const { layer } = answering(() => fine)
      const odd = Plugin.make({
        name: "odd",
        around: ({ sessionId }, next) => (sessionId === "a" ? Effect.interrupt : next)
      })
      return Effect.gen(function* () {
        const events = yield* Effect.provide(collect(2), Plugin.layer(odd))
        assert.strictEqual(endOf(events), "finished")
        assert.include(["unknown", "vetoed"], yield* stateOf(1))
        assert.strictEqual(yield* stateOf(2), "deleted")
        yield* verify
      }).pipe(test(2, layer))
    })

    it.effect("by whatever else, a call is in doubt and the run goes on", () => {
      const { layer } = answering((id) => (id === "a" ? Effect.interrupt : fine))
      return Effect.gen(function* () {
        assert.strictEqual(endOf(yield* collect(2)), "finished")
        assert.deepStrictEqual([yield* stateOf(1), yield* stateOf(2)], ["unknown", "deleted"])
      }).pipe(test(2, layer))
    })
  })

  describe("consumers", () => {
    it.effect(
      "that are slow hold it up",
      () => {
        const { layer, sent } = answering(() => fine)
        const many = Array.from({ length: 200 }, (_, index) => `s${String(index).padStart(4, "0")}`)
        const plan = planOf(many)
        return Effect.gen(function* () {
          const fiber = yield* Purge.run(plan, { concurrency: 4 }).pipe(
            Stream.runForEach(() => Effect.sleep("1 second")),
            Effect.forkChild
          )
          yield* elapse(5)
          yield* Effect.repeat(idle, { times: 50 })
          assert.isAtMost(sent.length, 64 + 5 + 4 + 64)
          yield* simulate(Fiber.join(fiber))
          assert.lengthOf(sent, 200)
        }).pipe(Effect.provide(Ledger.layer(plan).pipe(Layer.provideMerge(Layer.merge(layer, empty)))))
      },
      60_000
    )

    it.effect("that stop early stop it, with what it has done on record", () => {
      const { layer, sent } = answering(() => fine)
      return Effect.gen(function* () {
        const events = yield* Stream.runCollect(Stream.take(purge(26, { concurrency: 2 }), 3))
        assert.lengthOf(events, 3)
        const { deleted } = yield* counts
        assert.isAtLeast(deleted, 2)
        yield* elapse(3)
        assert.strictEqual((yield* counts).deleted, deleted)
        const before = sent.length
        assert.strictEqual(endOf(yield* collect(26)), "finished")
        assert.isAtMost(sent.length - before, 26 - deleted)
        assert.strictEqual((yield* counts).deleted, 26)
        yield* verify
      }).pipe(test(26, layer))
    })
  })

  const Pages = Schema.Tuple([Schema.Struct({ page_count: Schema.Int })])

  it.effect("sends nothing more when the disk is full, keeps what it knew, and goes on once there is room", () => {
    const many = Array.from({ length: 200 }, (_, index) => `s${String(index).padStart(4, "0")}`)
    const plan = planOf(many)
    const { layer, sent } = answering(() => fine)
    return Effect.gen(function* () {
      const with_ = Effect.provide(Ledger.layer(plan))
      yield* with_(Effect.void)
      const most = yield* sql("PRAGMA page_count")
      const [{ page_count: pages }] = yield* Schema.decodeUnknownEffect(Pages)(most)
      yield* sql(`PRAGMA max_page_count = ${pages + 3}`)
      const refused = yield* with_(Effect.flip(Stream.runDrain(Purge.run(plan, { concurrency: 4 }))))
      assert.strictEqual(refused._tag === "LedgerError" ? refused.problem : refused._tag, "full")
      assert.include(refused.message, "Make room, then run the same purge again")
      const first = sent.length
      assert.isAbove(first, 0)
      assert.isBelow(first, 100)
      const { deleted, unknown } = yield* with_(counts)
      assert.isAtLeast(first, deleted)
      assert.isAtMost(first, deleted + unknown)
      yield* sql("PRAGMA max_page_count = 100000")
      assert.strictEqual(endOf(yield* with_(Stream.runCollect(Purge.run(plan)))), "finished")
      assert.strictEqual((yield* with_(counts)).deleted, 200)
      assert.isAtMost(sent.length, 200 + unknown)
    }).pipe(Effect.provide([layer, empty]))
  })

  describe("whatever happens", () => {
    /** A server with its own truth, whose every call goes as a script says; what has no line in it works. */
    const Fault = Schema.Literals([
      "fine",
      "lost-before",
      "lost-after",
      "limited",
      "forbidden",
      "unreachable",
      "slow",
      "dies-after"
    ])
    const server = (faults: ReadonlyArray<typeof Fault.Type>) => {
      const gone = new Set<string>()
      const log: Array<string> = []
      let call = 0
      const layer = Sessions.layerTest(({ sessionId }) =>
        Effect.gen(function* () {
          log.push(sessionId)
          const fault = faults[call++] ?? "fine"
          const remove = Effect.suspend((): Answer => {
            if (gone.has(sessionId)) return fail.notFound(sessionId)
            gone.add(sessionId)
            return fine
          })
          switch (fault) {
            case "fine":
              return yield* remove
            case "slow":
              yield* Effect.sleep("1 second")
              return yield* Effect.andThen(remove, Effect.as(Effect.sleep("1 second"), "deleted" as const))
            case "lost-before":
              return yield* fail.lost(sessionId)
            case "lost-after":
              return yield* Effect.andThen(Effect.ignore(remove), fail.lost(sessionId))
            case "dies-after":
              return yield* Effect.andThen(Effect.ignore(remove), Effect.die(new Error("bang")))
            case "limited":
              return yield* fail.limited(sessionId)
            case "forbidden":
              return yield* fail.forbidden(sessionId)
            case "unreachable":
              return yield* new Unreachable({ ...about(sessionId), detail: "ECONNREFUSED" })
          }
        })
      )
      return { gone, log, layer }
    }

    /** What the ledger claims is what the server knows. */
    const isTrue = Effect.fnUntraced(function* (gone: ReadonlySet<string>) {
      for (const { final, session_id, state } of yield* requests) {
        assert.isFalse(final === 1 && (state === "unknown" || state === "intended"), `${session_id} is left in doubt`)
        if (state === "deleted") assert.isTrue(gone.has(session_id), `${session_id} is said to be deleted`)
        if (state === "not-deleted" || state === "planned" || state === "vetoed") {
          assert.isFalse(gone.has(session_id), `${session_id} is said to be there`)
        }
      }
      yield* verify
    })

    const count = 8

    it.effect.prop(
      "its ledger says what the server knows, and nothing is sent after a final outcome",
      [
        Schema.Array(Fault),
        Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))),
        Schema.Literals([1, 2, 8])
      ],
      ([faults, cuts, concurrency]) => {
        const { gone, layer, log } = server(faults)
        const final = new Set<string>()
        const notSentAgain = Effect.fnUntraced(function* (from: number) {
          assert.isFalse(log.slice(from).some((id) => final.has(id)))
          for (const row of yield* requests) if (row.final === 1) final.add(row.session_id)
        })
        return Effect.gen(function* () {
          for (const cut of cuts) {
            const from = log.length
            yield* withLedger(count)(
              Effect.gen(function* () {
                const fiber = yield* Effect.forkChild(
                  Effect.exit(collect(count, { concurrency, stopAfterFailures: 99 }))
                )
                for (let step = 0; step < cut; step++) yield* Effect.yieldNow
                if (cut % 3 === 0) yield* TestClock.adjust("1 second")
                for (let step = 0; step < cut % 7; step++) yield* Effect.yieldNow
                yield* Fiber.interrupt(fiber)
                yield* isTrue(gone)
                yield* notSentAgain(from)
              })
            )
          }
          // Without faults, in the end.
          while (final.size < count) {
            const from = log.length
            yield* withLedger(count)(
              Effect.gen(function* () {
                const events = yield* simulate(collect(count, { concurrency, stopAfterFailures: 99 }))
                assert.strictEqual(endOf(events), "finished")
                assert.deepStrictEqual(events.at(-1)?.counts, yield* counts)
                assert.strictEqual(events.at(-1)?.counts.unprocessed, 0)
                yield* isTrue(gone)
                yield* notSentAgain(from)
              })
            )
          }
        }).pipe(Effect.provide([layer, empty]))
      },
      60_000
    )

    /** The ledger, but its n-th append fails, before or after it is on the disk. */
    const failingAt = (at: number, when: "before" | "after") =>
      Effect.map(Ledger, (ledger) => {
        let appended = 0
        const lost = new LedgerError({ problem: "unavailable", detail: "The disk is gone." })
        return {
          ...ledger,
          append: (entry: Parameters<typeof ledger.append>[0]) =>
            Effect.suspend(() => {
              appended++
              if (appended < at) return ledger.append(entry)
              if (appended > at || when === "before") return Effect.fail(lost)
              return Effect.andThen(ledger.append(entry), Effect.fail(lost))
            })
        }
      })

    for (const when of ["before", "after"] as const) {
      it.effect(
        `it can be taken up where the ledger failed, ${when} it had written, wherever that was`,
        () =>
          Effect.gen(function* () {
            for (const concurrency of [1, 3]) {
              for (let at = 1; at <= 2 * 4 + 2; at++) {
                const { gone, layer, log } = server(["fine", "lost-after"])
                yield* Effect.gen(function* () {
                  const exit = yield* withLedger(4)(
                    Effect.flatMap(failingAt(at, when), (failing) =>
                      Effect.exit(Effect.provideService(collect(4, { concurrency }), Ledger, failing))
                    )
                  )
                  assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof LedgerError, String(at))
                  const first = [...log]
                  yield* withLedger(4)(isTrue(gone))
                  const settled = yield* withLedger(4)(
                    Effect.map(requests, (rows) =>
                      rows.filter(({ final }) => final === 1).map(({ session_id }) => session_id)
                    )
                  )
                  const events = yield* withLedger(4)(collect(4))
                  assert.strictEqual(endOf(events), "finished")
                  assert.isFalse(log.slice(first.length).some((id) => settled.includes(id)))
                  yield* withLedger(4)(isTrue(gone))
                  if (events.at(-1)?.counts.unknown === 1) yield* withLedger(4)(collect(4))
                  const after = yield* withLedger(4)(counts)
                  assert.strictEqual(after.deleted, 4, `${at} ${when}`)
                }).pipe(Effect.provide([layer, empty]))
              }
            }
          }),
        60_000
      )
    }
  })
})
