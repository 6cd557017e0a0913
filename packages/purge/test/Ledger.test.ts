/**
 * What a ledger takes, what it says, and what it does when its database fails.
 */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, LedgerEntry, type LedgerError, type Plan, SqliteClient } from "@powerdrill-sessions/purge"
import { DateTime, Effect, Exit, Fiber, Layer, Option, Schema, Stream, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import {
  absent,
  append,
  begun,
  deleted,
  empty,
  ended,
  forbidden,
  idsOf,
  intent,
  limited,
  outcome,
  reading,
  sql,
  stopped,
  stored,
  unknown,
  vetoed,
  withLedger
} from "./support/ledgers.ts"
import { planOf } from "./support/plans.ts"

const ofLedger = <A, E>(use: (ledger: Ledger["Service"]) => Effect.Effect<A, E>) => Effect.flatMap(Ledger, use)

const counts = ofLedger((ledger) => ledger.counts)
const verify = ofLedger((ledger) => ledger.verify)
const pending = ofLedger((ledger) => ledger.pending(0, 100))

describe("Ledger", () => {
  describe("begins and resumes", () => {
    it.effect("begins in an empty database with the plan as its first entry", () =>
      Effect.gen(function* () {
        const { plan, run } = yield* Ledger
        assert.deepStrictEqual(plan, {
          baseUrl: "https://ai.data.cloud/api",
          selectedAt: "2026-01-01T00:00:00.000Z",
          selection: "all sessions of tmm-1",
          count: 3,
          kept: 0,
          digest: planOf(idsOf(3)).header.digest
        })
        assert.deepStrictEqual(
          (yield* pending).map(({ n, sessionId, state }) => [n, sessionId, state]),
          [
            [1, "a", "planned"],
            [2, "b", "planned"],
            [3, "c", "planned"]
          ]
        )
        assert.strictEqual((yield* verify).entries, 1)
        const { begun, command, ended, holder } = yield* run
        assert.deepStrictEqual(
          { begun, command, ended, holder },
          {
            begun: undefined,
            command: "go",
            ended: undefined,
            holder: undefined
          }
        )
      }).pipe(withLedger(3), Effect.provide(empty))
    )

    it.effect("takes up what is there, with all it knows", () =>
      Effect.gen(function* () {
        const before = yield* append(begun, intent(1), outcome(1), intent(2)).pipe(
          Effect.andThen(Effect.all([counts, verify, stored])),
          withLedger(3)
        )
        const after = yield* withLedger(3)(Effect.all([counts, verify, stored]))
        assert.deepStrictEqual(after, before)
        const attached = yield* Effect.provide(Effect.all([counts, verify, stored]), Ledger.layerAttached)
        assert.deepStrictEqual(attached, before)
      }).pipe(Effect.provide(empty))
    )

    it.effect("can be that of an empty plan", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* pending, [])
        assert.strictEqual((yield* counts).planned, 0)
        assert.strictEqual((yield* verify).entries, 1)
      }).pipe(withLedger(0), Effect.provide(empty))
    )

    it.effect("refuses another plan, and the same list at another base URL", () =>
      Effect.gen(function* () {
        yield* withLedger(3)(Effect.void)
        const other = yield* Effect.flip(withLedger(2)(Effect.void))
        assert.strictEqual(problemOf(other), "other-plan")
        const plan = planOf(idsOf(3))
        const elsewhere = { ...plan, header: { ...plan.header, baseUrl: "http://127.0.0.1:1" } }
        const refused = yield* Effect.flip(Effect.provide(Effect.void, Ledger.layer(elsewhere)))
        assert.strictEqual(problemOf(refused), "other-plan")
        assert.include(refused.message, "https://ai.data.cloud/api")
        assert.include(refused.message, "Nothing was sent.")
      }).pipe(Effect.provide(empty))
    )

    it.effect("does not begin with a plan whose list is not that of its digest", () =>
      Effect.gen(function* () {
        const plan = planOf(idsOf(3))
        const short = { ...plan, entries: Stream.take(plan.entries, 2) }
        const refused = yield* Effect.flip(Effect.provide(Effect.void, Ledger.layer(short)))
        assert.strictEqual(problemOf(refused), "altered")
        assert.deepStrictEqual(yield* sql("SELECT name FROM sqlite_master"), [])
      }).pipe(Effect.provide(empty))
    )

    it.effect("does not begin where the plan of a ledger was taken away", () =>
      Effect.gen(function* () {
        yield* withLedger(3)(append(begun))
        yield* sql("DELETE FROM plan")
        const refused = yield* Effect.flip(withLedger(3)(Effect.void))
        assert.strictEqual(problemOf(refused), "altered")
        const attached = yield* Effect.flip(Effect.provide(Effect.void, Ledger.layerAttached))
        assert.strictEqual(attached.problem, "altered")
      }).pipe(Effect.provide(empty))
    )

    it.effect("attaches to the database that is given, however many there are", () =>
      Effect.gen(function* () {
        const planned = Effect.provide(
          Effect.map(counts, ({ planned }) => planned),
          Ledger.layerAttached
        )
        yield* withLedger(3)(Effect.void)
        assert.strictEqual(yield* planned, 3)
        const inner = Effect.andThen(withLedger(5)(Effect.void), planned)
        assert.strictEqual(yield* Effect.provide(inner, SqliteClient.layer({ filename: ":memory:" })), 5)
      }).pipe(Effect.provide(empty))
    )
  })

  it.effect("takes nothing that it could not read again", () =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      yield* append(begun, intent(1))
      const before = yield* ledger.head
      const bad = yield* Effect.flip(append(outcome(1, { ...forbidden, code: Number.MAX_SAFE_INTEGER * 2 })))
      assert.strictEqual(problemOf(bad), "unavailable")
      assert.deepStrictEqual(yield* ledger.verify, before)
    }).pipe(withLedger(1), Effect.provide(empty))
  )

  describe("counts", () => {
    it.effect("counts each kind", () =>
      Effect.gen(function* () {
        yield* append(
          begun,
          intent(1),
          outcome(1),
          intent(2),
          outcome(2, unknown),
          intent(2),
          outcome(2, absent),
          intent(3),
          outcome(3, unknown),
          intent(4),
          outcome(4, forbidden),
          intent(5),
          outcome(5, vetoed),
          intent(6),
          intent(7),
          outcome(7, limited)
        )
        assert.deepStrictEqual(yield* counts, {
          planned: 8,
          deleted: 2,
          notDeleted: 2,
          unknown: 2,
          vetoed: 1,
          unprocessed: 1,
          byDisposition: { deleted: 1, "absent-after-unknown": 1, "already-absent": 0 },
          byError: { OutcomeUnknown: 1, Forbidden: 1, Vetoed: 1, RateLimited: 1 }
        })
      }).pipe(withLedger(8), Effect.provide(empty))
    )

    const Step = Schema.Struct({
      n: Schema.Literals([1, 2, 3, 4, 5]),
      how: Schema.Literals(["deleted", "absent", "unknown", "limited", "forbidden", "vetoed", "stopped", "none"])
    })
    const outcomes = { deleted, absent, unknown, limited, forbidden, vetoed, stopped }

    it.effect.prop("says what its entries say, whatever they are, and adds up", [Schema.Array(Step)], ([steps]) =>
      Effect.gen(function* () {
        yield* append(begun)
        const final = new Set<number>()
        for (const { how, n } of steps) {
          const refused = yield* Effect.exit(Effect.provide(append(intent(n)), Ledger.layerAttached))
          assert.strictEqual(Exit.isFailure(refused), final.has(n))
          if (final.has(n) || how === "none") continue
          yield* Effect.provide(append(outcome(n, outcomes[how])), Ledger.layerAttached)
          if (["deleted", "absent", "forbidden", "vetoed"].includes(how)) final.add(n)
        }
        const now = yield* counts
        assert.deepStrictEqual(now, recount(5, yield* stored))
        assert.strictEqual(now.deleted + now.notDeleted + now.unknown + now.vetoed + now.unprocessed, now.planned)
        assert.deepStrictEqual(
          (yield* pending).map(({ n }) => n),
          [1, 2, 3, 4, 5].filter((n) => !final.has(n))
        )
        yield* verify
      }).pipe(withLedger(5), Effect.provide(empty))
    )
  })

  describe("requests that are yet to be sent", () => {
    it.effect("come in the order of the plan, after a number, and no more than wanted", () =>
      Effect.gen(function* () {
        yield* append(begun, intent(2), outcome(2), intent(3), intent(5), outcome(5, limited))
        const ledger = yield* Ledger
        const all = yield* ledger.pending(0, 100)
        assert.deepStrictEqual(
          all.map(({ error, n, state }) => [n, state, error]),
          [
            [1, "planned", null],
            [3, "intended", null],
            [4, "planned", null],
            [5, "not-deleted", "RateLimited"],
            [6, "planned", null]
          ]
        )
        assert.deepStrictEqual(yield* ledger.pending(1, 2), all.slice(1, 3))
        assert.deepStrictEqual(yield* ledger.pending(6, 2), [])
      }).pipe(withLedger(6), Effect.provide(empty))
    )

    for (const how of [deleted, absent, forbidden, vetoed]) {
      it.effect(`takes no intent after ${how.outcome}, ${"error" in how ? how.error : how.disposition}`, () =>
        Effect.gen(function* () {
          yield* append(begun, intent(1), outcome(1, how))
          const before = yield* stored
          const refused = yield* Effect.flip(append(intent(1)))
          assert.strictEqual(refused.problem, "held")
          assert.deepStrictEqual(yield* stored, before)
          yield* verify
        }).pipe(withLedger(1), Effect.provide(empty))
      )
    }

    const wrong: Record<string, ReadonlyArray<LedgerEntry.LedgerEntry>> = {
      "an outcome without an intent": [outcome(1)],
      "a second outcome": [intent(1), outcome(1, limited), outcome(1, limited)],
      "an intent for a request that is not in the plan": [intent(9)],
      "an intent for another session of that number": [{ ...intent(1), sessionId: "z" }],
      "an intent for the session of another user": [{ ...intent(1), userId: "tmm-z" }],
      "a reading of a session that is not in the plan": [reading(9, "absent")]
    }
    for (const [what, entries] of Object.entries(wrong)) {
      it.effect(`takes no ${what.replace(/^an? /, "")}`, () =>
        Effect.gen(function* () {
          const refused = yield* Effect.flip(append(begun, ...entries))
          assert.strictEqual(refused.problem, "held")
          assert.strictEqual((yield* stored).length, entries.length + 1)
          yield* verify
        }).pipe(withLedger(2), Effect.provide(empty))
      )
    }
  })

  describe("appending", () => {
    /** How many transactions an effect has begun. */
    const commits = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        let count = 0
        const tracer = Tracer.make({
          span: (options) => {
            if (options.name === "sql.transaction") count++
            return new Tracer.NativeSpan(options)
          }
        })
        return Effect.map(Effect.withTracer(effect, tracer), () => count)
      })

    it.effect("writes what waits in one transaction", () =>
      Effect.gen(function* () {
        yield* append(begun)
        const all = Array.from({ length: 26 }, (_, index) => index + 1)
        const count = yield* commits(
          Effect.forEach(all, (n) => append(intent(n), outcome(n)), { concurrency: "unbounded" })
        )
        assert.strictEqual(count, 2)
        assert.strictEqual((yield* stored).length, 2 + 52)
        yield* verify
      }).pipe(withLedger(26), Effect.provide(empty))
    )

    it.effect("fails all that was to be written together, and everything after it, and writes none of it", () =>
      Effect.gen(function* () {
        yield* append(begun)
        const before = yield* stored
        const exits = yield* Effect.forEach(
          [intent(1), intent(2), intent(9), intent(3)],
          (entry) => Effect.exit(append(entry)),
          { concurrency: "unbounded" }
        )
        assert.isTrue(exits.every(Exit.isFailure))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(append(intent(1)))))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(append(ended))))
        assert.deepStrictEqual(yield* stored, before)
        yield* verify
        // Taken up again, it is well.
        yield* withLedger(3)(append(intent(1)))
        yield* verify
      }).pipe(withLedger(3), Effect.provide(empty))
    )

    it.effect("is told of a commit that fails, and stays as it was", () =>
      Effect.gen(function* () {
        yield* append(begun)
        const before = yield* stored
        yield* sql("CREATE TABLE other (id INTEGER PRIMARY KEY REFERENCES plan (id) DEFERRABLE INITIALLY DEFERRED)")
        yield* sql("CREATE TRIGGER spoil AFTER INSERT ON entries BEGIN INSERT INTO other VALUES (new.entry); END")
        const refused = yield* Effect.flip(append(intent(1)))
        assert.strictEqual(refused.problem, "unavailable")
        assert.deepStrictEqual(yield* stored, before)
        yield* sql("DROP TRIGGER spoil")
        assert.isTrue(Exit.isFailure(yield* Effect.exit(append(intent(1)))))
        yield* withLedger(3)(append(intent(1)))
      }).pipe(withLedger(3), Effect.provide(empty))
    )

    it.effect("has written an entry whose writer was interrupted, all of it", () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(append(begun))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        assert.include([1, 2], (yield* verify).entries)
        yield* append(intent(1))
        yield* verify
      }).pipe(withLedger(1), Effect.provide(empty))
    )

    it.effect("refuses to go on with a row that no purge has written", () =>
      Effect.gen(function* () {
        yield* sql("UPDATE entries SET hash = x'00'")
        assert.strictEqual((yield* Effect.flip(append(begun))).problem, "altered")
      }).pipe(withLedger(1), Effect.provide(empty))
    )
  })

  describe("entries", () => {
    it.effect("are chained by SHA-256 over the hash before, a line break and the body", () =>
      Effect.gen(function* () {
        yield* append(begun, intent(1), outcome(1), reading(1, "absent"), ended)
        let hash = "0".repeat(64)
        for (const row of yield* stored) {
          hash = createHash("sha256").update(`${hash}\n${row.body}`).digest("hex")
          assert.strictEqual(row.hash, hash)
        }
        assert.deepStrictEqual(yield* verify, { entries: 6, hash })
      }).pipe(withLedger(1), Effect.provide(empty))
    )

    it("are written as jq -c prints them", () => {
      const { encode } = LedgerEntry
      const by = '"\\/\u0000\b\f\n\r\t\u001f\u007f\u0080\u2028\u2029é😀\ud800x\udc00'
      // From `jq -c .`, whose input had U+FFFD for the lone surrogates.
      const printed = String.raw`"\"\\/\u0000\b\f\n\r\t\u001f\u007f` + "\u0080\u2028\u2029é😀\ufffdx\ufffd" + '"'
      assert.strictEqual(encode({ kind: "begun", at: "", by }), `{"kind":"begun","at":"","by":${printed}}`)
      const code = (value: number) => {
        const entry = outcome(1, { ...forbidden, code: value })
        return /"code":([^,}]*)/.exec(encode(entry))?.[1]
      }
      assert.deepStrictEqual([-1, 0, 300003, 2 ** 53 - 1, -(2 ** 53) + 1].map(code), [
        "-1",
        "0",
        "300003",
        "9007199254740991",
        "-9007199254740991"
      ])
    })

    it("are read as they were written", () => {
      for (const entry of [begun, intent(1), outcome(1, stopped), reading(2, "unclear"), ended]) {
        assert.deepStrictEqual(Option.getOrUndefined(LedgerEntry.decode(LedgerEntry.encode(entry))), entry)
      }
      assert.strictEqual(LedgerEntry.decode("{}")._tag, "None")
      assert.strictEqual(LedgerEntry.decode("{")._tag, "None")
    })

    it.effect("and requests come page by page, each once", () => {
      const count = 1203
      const plan = planOf(Array.from({ length: count }, (_, index) => `s${String(index).padStart(4, "0")}`))
      return Effect.gen(function* () {
        const ledger = yield* Ledger
        const requests = yield* Stream.runCollect(ledger.requests)
        assert.deepStrictEqual(
          requests.map(({ n }) => n),
          Array.from({ length: count }, (_, index) => index + 1)
        )
        yield* Effect.forEach(
          requests,
          ({ n, session_id, user_id }) =>
            ledger.append({ kind: "intent", at: "", n, userId: user_id, sessionId: session_id }),
          { concurrency: 200, discard: true }
        )
        assert.deepStrictEqual(
          (yield* Stream.runCollect(ledger.entries)).map(({ entry }) => entry),
          Array.from({ length: count + 1 }, (_, index) => index + 1)
        )
        assert.strictEqual((yield* ledger.verify).entries, count + 1)
        assert.lengthOf(yield* Stream.runCollect(Stream.take(ledger.entries, 3)), 3)
      }).pipe(Effect.provide(Ledger.layer(plan).pipe(Layer.provide(empty))))
    })

    it.effect("keep their order and hold when the clock jumps", () =>
      Effect.gen(function* () {
        for (const [index, time] of [
          "2026-05-01T00:00:00Z",
          "1999-01-01T00:00:00Z",
          "2040-01-01T00:00:00Z"
        ].entries()) {
          yield* TestClock.setTime(DateTime.toEpochMillis(DateTime.makeUnsafe(time)))
          const at = DateTime.formatIso(yield* DateTime.now)
          yield* append({ kind: "begun", at, by: String(index) })
        }
        assert.deepStrictEqual(
          (yield* stored).map(({ body }) => /"at":"(....)/.exec(body)?.[1]),
          ["1970", "2026", "1999", "2040"]
        )
        yield* verify
        assert.strictEqual((yield* ofLedger(({ run }) => run)).begun?.by, "2")
      }).pipe(withLedger(1), Effect.provide(empty))
    )
  })

  it.effect("passes on what another process tells", () =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      yield* ledger.tell("pause", "ann")
      yield* ledger.heldBy("the nightly job")
      const run = yield* Effect.provide(
        ofLedger(({ run }) => run),
        Ledger.layerAttached
      )
      assert.deepStrictEqual(
        { ...run },
        {
          command: "pause",
          toldBy: "ann",
          toldAt: "1970-01-01T00:00:00.000Z",
          holder: "the nightly job",
          heldSince: "1970-01-01T00:00:00.000Z",
          begun: undefined,
          ended: undefined
        }
      )
      assert.strictEqual(yield* ledger.command, "pause")
      yield* ledger.heldBy(undefined)
      assert.strictEqual((yield* ledger.run).heldSince, undefined)
      yield* append(begun, ended)
      assert.deepStrictEqual<unknown>([(yield* ledger.run).begun, (yield* ledger.run).ended], [begun, ended])
      yield* append(begun)
      assert.strictEqual((yield* ledger.run).ended, undefined)
      yield* verify
    }).pipe(withLedger(1), Effect.provide(empty))
  )
})

const problemOf = (error: LedgerError | Plan.PlanError | Plan.PlanRefused) =>
  error._tag === "LedgerError" ? error.problem : error._tag

/** The counts, from nothing but the entries. */
const recount = (planned: number, rows: ReadonlyArray<Ledger.Stored>): Ledger.Counts => {
  const last = new Map<number, Record<string, string>>()
  for (const { body } of rows) {
    const entry = JSON.parse(body)
    if (entry.kind === "intent") last.set(entry.n, { outcome: "unknown" })
    if (entry.kind === "outcome") last.set(entry.n, entry)
  }
  const all = [...last.values()]
  const of = (outcome: string) => all.filter((entry) => entry["outcome"] === outcome).length
  const by = (field: string) => {
    const tally: Record<string, number> = {}
    for (const { [field]: value } of all) if (value !== undefined) tally[value] = (tally[value] ?? 0) + 1
    return tally
  }
  return {
    planned,
    deleted: of("deleted"),
    notDeleted: of("not-deleted"),
    unknown: of("unknown"),
    vetoed: of("vetoed"),
    unprocessed: planned - last.size,
    byDisposition: { deleted: 0, "absent-after-unknown": 0, "already-absent": 0, ...by("disposition") },
    byError: by("error")
  }
}
