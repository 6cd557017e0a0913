/**
 * Deleting many with promises, against the emulator: the whole way, and every way to end it before its end.
 */
import {
  createSessions,
  definePlugin,
  InvalidConfig,
  protect,
  RateLimited,
  type Sessions,
  veto
} from "@powerdrill-sessions/promise"
import {
  isPurgeError,
  LedgerError,
  openPlan,
  type Plan,
  PlanRefused,
  purge,
  PurgeCutOff,
  type PurgeEvent,
  type PurgeOptions,
  PurgeRefused,
  purgeStatus,
  verifyLedger,
  writePlan
} from "@powerdrill-sessions/promise/purge"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { collect, idOf, idsOf, makeGate, makePlace, type Place, tellEvent } from "../support/purges.ts"
import { rejection } from "../support/sessions.ts"

let place: Place

beforeEach(async () => {
  place = await makePlace()
})

afterEach(() => place[Symbol.asyncDispose]())

/** What the iteration rejects with, before it has told anything. */
const refusal = (events: AsyncIterable<PurgeEvent>) => rejection(collect(events))

describe("purge", () => {
  it("deletes what the plan says, and tells it in plain objects", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    await Effect.runPromise(place.emulator.create({ sessionId: "kept" }))
    const events: Array<PurgeEvent> = []
    for await (const event of purge(sessions, plan, { confirm: plan.confirmation, by: "a test" })) events.push(event)

    assert.deepStrictEqual(events.map(tellEvent).sort(), [
      "Begun",
      "Ended finished",
      ...idsOf(3).map((id) => `${id} deleted`)
    ])
    assert.deepStrictEqual(JSON.parse(JSON.stringify(events)), events)
    const last = events.at(-1)
    assert.deepInclude(last?.counts, { planned: 3, deleted: 3, unprocessed: 0, unknown: 0 })
    assert.deepInclude(last?.counts.byDisposition, { deleted: 3 })
    assert.deepStrictEqual(await place.held(), ["kept"])
    assert.deepInclude(await purgeStatus(place.path), { state: "ended", reason: "finished", isHeld: false })
  })

  it("does nothing before it is iterated", async () => {
    await using sessions = place.client()
    const run = purge(sessions, await place.plan(sessions, 1))
    assert.deepStrictEqual(await run.return(), { done: true, value: undefined })
    assert.deepStrictEqual(await run.next(), { done: true, value: undefined })
    assert.strictEqual((await purgeStatus(place.path)).state, "not-begun")
    assert.deepStrictEqual(await place.held(), idsOf(1))
  })

  it("goes on where an earlier one stopped, and sends nothing again that is settled", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 6)
    for await (const event of purge(sessions, plan, { concurrency: 1 })) {
      if (event._tag === "Settled" && event.n === 2) break
    }
    const before = await place.asked()
    const [begun, ...others] = await collect(purge(sessions, place.path))
    assert.strictEqual(begun, "Begun")
    assert.strictEqual(others.at(-1), "Ended finished")
    assert.deepStrictEqual([...(await place.asked())].sort(), idsOf(6))
    assert.strictEqual(before.length + others.length - 1, 6)
    assert.deepStrictEqual(await place.held(), [])
  })

  it("its calls are those of the client: plugins see them, and can refuse one", async () => {
    const seen: Array<string> = []
    const audit = definePlugin({ name: "audit", after: ({ call }) => void seen.push(call.sessionId) })
    await using sessions = place.client({ plugins: [audit, protect([idOf(2)])] })
    const told = await collect(purge(sessions, await place.plan(sessions, 3)))
    assert.include(told, `${idOf(2)} Vetoed`)
    assert.strictEqual(told.at(-1), "Ended finished")
    assert.deepStrictEqual(await place.held(), [idOf(2)])
    assert.deepStrictEqual(seen.sort(), idsOf(3))
  })

  it("a plugin can refuse the entire run", async () => {
    const freeze = definePlugin({ name: "freeze", before: () => veto("there is a freeze", { entireRun: true }) })
    await using sessions = place.client({ plugins: [freeze] })
    const told = await collect(purge(sessions, await place.plan(sessions, 3), { concurrency: 1 }))
    assert.deepStrictEqual(told, ["Begun", `${idOf(1)} Vetoed`, "Ended vetoed"])
    assert.deepStrictEqual(await place.held(), idsOf(3))
  })

  it("its calls share the client's budget", async () => {
    await using sessions = place.client({ requestsPerSecond: 0.001, deadline: "1 second" })
    const plan = await place.plan(sessions, 1)
    await sessions.try.ensureDeleted("none")
    assert.deepStrictEqual(await collect(purge(sessions, plan)), ["Begun", `${idOf(1)} RateLimited`, "Ended finished"])
    assert.deepStrictEqual(await place.held(), idsOf(1))
  })

  it("tries again as it is told, else as the client does", async () => {
    await using sessions = place.client({ retry: "none" })
    const plan = await place.plan(sessions, 1)
    const refuseOnce = place.emulator.answerNextDelete({ code: 201, retryAfter: "1 milli" })
    await Effect.runPromise(refuseOnce)
    assert.include(await collect(purge(sessions, plan)), `${idOf(1)} ${RateLimited.name}`)
    await Effect.runPromise(refuseOnce)
    assert.include(await collect(purge(sessions, plan, { retry: "rate-limits" })), `${idOf(1)} deleted`)
  })

  it("B14 a session that was not there is one that was not deleted, unless absent is as good", async () => {
    await using sessions = place.client()
    const { userId } = place.emulator
    const plan = await writePlan(sessions, place.path, { selection: "x", entries: [{ sessionId: "gone", userId }] })
    assert.deepStrictEqual(await collect(purge(sessions, plan)), ["Begun", "gone SessionNotFound", "Ended finished"])
    await writePlan(sessions, place.path.replace("plan", "other"), {
      selection: "x",
      entries: [{ sessionId: "gone", userId }]
    })
    const events = purge(sessions, place.path.replace("plan", "other"), { absentIsDeleted: true })
    assert.deepStrictEqual(await collect(events), ["Begun", "gone already-absent", "Ended finished"])
  })

  it("stops by itself after so many failures in a row", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 4)
    await Effect.runPromise(place.emulator.useFaults([{ fault: { act: "never", answer: { code: 9999 } } }]))
    const told = await collect(purge(sessions, plan, { concurrency: 1, stopAfterFailures: 2 }))
    assert.deepStrictEqual(told, ["Begun", `${idOf(1)} Internal`, `${idOf(2)} Internal`, "Ended failures"])
  })
})

describe("ending a purge", () => {
  it("a signal: no call is begun, those under way end and are told", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const plan = await place.plan(sessions, 9)
    const stop = new AbortController()
    const told = collect(purge(sessions, plan, { concurrency: 2, signal: stop.signal }))
    await gate.reached(2)
    stop.abort()
    gate.open()
    assert.deepStrictEqual([...(await told)].sort(), [
      "Begun",
      "Ended halted",
      `${idOf(1)} deleted`,
      `${idOf(2)} deleted`
    ])
    assert.deepStrictEqual(await place.held(), idsOf(9).slice(2))
    const status = await purgeStatus(place.path)
    assert.deepInclude(status, { state: "ended", reason: "halted", isHeld: false })
    assert.deepInclude(status.counts, { deleted: 2, unknown: 0, unprocessed: 7 })
  })

  it("a signal that was aborted before: nothing is sent", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    assert.deepStrictEqual(await collect(purge(sessions, plan, { signal: AbortSignal.abort() })), [
      "Begun",
      "Ended halted"
    ])
    assert.deepStrictEqual(await place.asked(), [])
  })

  it("leaving the loop: those under way end, and another run can begin at once", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const plan = await place.plan(sessions, 9)
    for await (const event of purge(sessions, plan, { concurrency: 3 })) {
      assert.strictEqual(event._tag, "Begun")
      await gate.reached(3)
      setImmediate(gate.open)
      break
    }
    assert.strictEqual(gate.count, 3)
    assert.deepStrictEqual(await place.held(), idsOf(9).slice(3))
    const { counts, isHeld } = await purgeStatus(place.path)
    assert.isFalse(isHeld)
    assert.deepInclude(counts, { deleted: 3, unknown: 0, unprocessed: 6 })
    assert.strictEqual((await collect(purge(sessions, plan))).at(-1), "Ended finished")
  })

  it("an error in the body of the loop is thrown, and the run has ended", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 9)
    const failing = async () => {
      for await (const event of purge(sessions, plan, { concurrency: 1 })) {
        if (event._tag === "Settled") throw new Error("the disk is full")
      }
    }
    assert.strictEqual(String(await rejection(failing())), "Error: the disk is full")
    const { counts, isHeld, reason } = await purgeStatus(place.path)
    assert.deepStrictEqual({ isHeld, reason, unknown: counts.unknown }, { isHeld: false, reason: "halted", unknown: 0 })
    assert.isAbove(counts.unprocessed, 0)
  })

  it("return() ends a run whose next event is being waited for", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const run = purge(sessions, await place.plan(sessions, 3), { concurrency: 1 })
    await run.next()
    const waiting = run.next()
    await gate.reached(1)
    const left = run.return()
    gate.open()
    const { value } = await waiting
    assert.strictEqual(value === undefined ? "" : tellEvent(value), `${idOf(1)} deleted`)
    assert.deepStrictEqual(await left, { done: true, value: undefined })
    assert.deepStrictEqual(await place.asked(), [idOf(1)])
  })

  it("await using ends a run", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    {
      await using run = purge(sessions, plan, { concurrency: 1 })
      await run.next()
    }
    assert.deepInclude(await purgeStatus(place.path), { isHeld: false, reason: "halted" })
  })

  it("closing the client stops it at once, and what was under way is unknown until it goes on", async () => {
    const gate = makeGate()
    const sessions = place.client({ fetch: gate.fetch })
    const plan = await place.plan(sessions, 4)
    const run = purge(sessions, plan, { concurrency: 2 })
    await run.next()
    const waiting = rejection(run.next())
    await gate.reached(2)
    await sessions.close()
    const error = await waiting
    assert.instanceOf(error, PurgeCutOff)
    assert.strictEqual(error.reason, "closed")
    assert.deepStrictEqual(await run.next(), { done: true, value: undefined })
    const { counts, isHeld, state } = await purgeStatus(place.path)
    assert.deepStrictEqual({ isHeld, state }, { isHeld: false, state: "cut-off" })
    assert.deepInclude(counts, { deleted: 0, unknown: 2, unprocessed: 2 })

    await using again = place.client()
    const told = await collect(purge(again, plan))
    assert.strictEqual(told.filter((line) => line.endsWith(" deleted")).length, 4)
    await verifyLedger(place.path)
  })

  it("a consumer that is slow slows it down", { timeout: 30_000 }, async () => {
    let calls = 0
    const count = definePlugin({ name: "count", before: () => void calls++ })
    await using sessions = place.client({ plugins: [count] })
    await using other = place.client()
    const plan = await place.plan(sessions, 300)
    const run = purge(sessions, plan)
    await run.next()
    // Until it stands still, while others get what they ask for.
    let before = -1
    while (calls !== before) {
      before = calls
      for (let turn = 0; turn < 20; turn++) await other.ensureDeleted("none")
    }
    assert.isAbove(calls, 8)
    assert.isBelow(calls, 150)
    assert.strictEqual((await collect(run)).at(-1), "Ended finished")
    assert.deepStrictEqual(await place.held(), [])
  })
})

describe("a purge that does not begin", () => {
  const cases: Record<string, [PurgeOptions, PurgeRefused["reason"], RegExp]> = {
    "it has more sessions than may be deleted": [
      { maxDelete: 2 },
      "too-many",
      /3 sessions.* at most 2 .*Nothing was sent/
    ],
    "somebody has typed another confirmation": [
      { confirm: "delete 3 00000000" },
      "not-confirmed",
      /"delete 3 00000000".*Nothing was sent/
    ]
  }
  for (const [name, [options, reason, message]] of Object.entries(cases)) {
    it(`${name}`, async () => {
      await using sessions = place.client()
      const error = await refusal(purge(sessions, await place.plan(sessions, 3), options))
      assert.instanceOf(error, PurgeRefused)
      assert.strictEqual(error.reason, reason)
      assert.match(error.message, message)
      assert.isTrue(isPurgeError(error))
      assert.deepStrictEqual(await place.asked(), [])
    })
  }

  it("a plan that has changed since it was opened", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    const { userId } = place.emulator
    await writePlan(sessions, place.path, { selection: "x", entries: [{ sessionId: "y", userId }], overwrite: true })
    const error = await refusal(purge(sessions, plan))
    assert.instanceOf(error, PlanRefused)
    assert.strictEqual(error.reason, "changed")
  })

  it("a plan that was edited", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    writeFileSync(place.path, readFileSync(place.path, "utf8").replace(idOf(2), "s-999"))
    const error = await refusal(purge(sessions, plan))
    assert.instanceOf(error, PlanRefused)
    assert.deepInclude(error, { reason: "altered", atLine: 3 })
  })

  it("a plan for another server", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    await using elsewhere = createSessions({ apiKey: "key", baseUrl: "https://elsewhere.example/api" })
    const error = await refusal(purge(elsewhere, plan))
    assert.instanceOf(error, PlanRefused)
    assert.strictEqual(error.reason, "base-url")
  })

  it("a ledger that another run holds", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    await using first = purge(sessions, plan, { by: "the first" })
    await first.next()
    const error = await refusal(purge(sessions, plan))
    assert.instanceOf(error, LedgerError)
    assert.strictEqual(error.problem, "held", error.message)
    assert.match(error.message, /^the first, since /)
  })

  it("a client that is closed", async () => {
    const sessions = place.client()
    const plan = await place.plan(sessions, 1)
    await sessions.close()
    const error = await refusal(purge(sessions, plan))
    assert.instanceOf(error, PurgeRefused)
    assert.strictEqual(error.reason, "closed")
  })

  it("inside of a hook", async () => {
    let plan: Plan | undefined
    let error: unknown
    const greedy = definePlugin({
      name: "greedy",
      async before() {
        if (plan !== undefined) error = await refusal(purge(sessions, plan))
      }
    })
    await using sessions: Sessions = place.client({ plugins: [greedy] })
    plan = await place.plan(sessions, 1)
    await sessions.try.delete("none")
    assert.instanceOf(error, PurgeRefused)
    assert.strictEqual(error.reason, "inside-hook")
    assert.deepStrictEqual(await place.held(), idsOf(1))
  })

  it("options that cannot be used", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 1)
    const options: Record<string, unknown> = {
      concurrency: 0,
      maxDelete: 1.5,
      stopAfterFailures: "never",
      confirm: true,
      signal: "stop",
      maxDeletes: 1
    }
    for (const [name, value] of Object.entries(options)) {
      const run: unknown = Reflect.apply(purge, undefined, [sessions, plan, { [name]: value }])
      assert.isObject(run)
      const error = await rejection(Promise.resolve(Reflect.apply(Reflect.get(Object(run), "next"), run, [])))
      assert.instanceOf(error, InvalidConfig)
      assert.strictEqual(error.setting, name)
    }
    const copied = await refusal(purge({ ...sessions }, plan))
    assert.instanceOf(copied, InvalidConfig)
    assert.strictEqual(copied.setting, "sessions")
    const misplaced = await refusal(purge(sessions, JSON.parse("{}")))
    assert.instanceOf(misplaced, InvalidConfig)
    assert.strictEqual(misplaced.setting, "plan")
    assert.deepStrictEqual(await place.asked(), [])
  })

  it("a plan that is not there", async () => {
    await using sessions = place.client()
    const error = await refusal(purge(sessions, place.path))
    assert.isTrue(isPurgeError(error) && error._tag === "PlanError" && error.reason === "unreadable")
    assert.instanceOf(await rejection(openPlan(place.path)), Error)
  })
})
