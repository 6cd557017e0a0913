/**
 * Looking at a purge and steering it, with promises: as another process would.
 */
import { InvalidConfig } from "@powerdrill-sessions/promise"
import {
  cancelPurge,
  LedgerError,
  pausePurge,
  PlanError,
  purge,
  PurgeRefused,
  purgeStatus,
  resumePurge,
  verifyLedger
} from "@powerdrill-sessions/promise/purge"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { collect, idOf, idsOf, makeGate, makePlace, type Place, tellEvent } from "../support/purges.ts"
import { rejection } from "../support/sessions.ts"

let place: Place

beforeEach(async () => {
  place = await makePlace()
})

afterEach(() => place[Symbol.asyncDispose]())

/** What a promise is rejected with, which is an error of a ledger. */
const problemOf = async (promise: Promise<unknown>) => {
  const error = await rejection(promise)
  return error instanceof LedgerError ? error.problem : assert.fail(String(error))
}

describe("purgeStatus", () => {
  it("tells how it stands, from before it has begun to its end", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const plan = await place.plan(sessions, 2)
    const before = await purgeStatus(place.path)
    assert.deepInclude(before, { state: "not-begun", isHeld: false, by: null })
    assert.deepInclude(before.counts, { planned: 2, unprocessed: 2 })
    assert.strictEqual(before.plan.digest, plan.digest)

    const run = purge(sessions, plan, { by: "the nightly job" })
    await run.next()
    await gate.reached(2)
    const during = await purgeStatus(place.path)
    assert.deepInclude(during, { state: "running", isHeld: true, by: "the nightly job", reason: null })
    assert.deepInclude(during.counts, { unknown: 2, unprocessed: 0 })
    assert.deepStrictEqual(during.plan, before.plan)

    gate.open()
    await collect(run)
    const after = await purgeStatus(place.path)
    assert.deepInclude(after, { state: "ended", isHeld: false, by: "the nightly job", reason: "finished" })
    assert.deepInclude(after.counts, { deleted: 2 })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(after)), after)
  })

  it("without a plan there is nothing to tell", async () => {
    assert.instanceOf(await rejection(purgeStatus(place.path)), PlanError)
  })
})

describe("steering", () => {
  it("a pause is told, and lasts until it is taken back", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const run = purge(sessions, await place.plan(sessions, 3), { concurrency: 1 })
    await run.next()
    await gate.reached(1)
    await pausePurge(place.path, { by: "ada" })
    assert.deepInclude(await purgeStatus(place.path), { state: "paused", by: "ada", isHeld: true })
    gate.open()
    const told = [await run.next(), await run.next()].map(({ value }) => value)
    assert.deepStrictEqual(
      told.map((event) => (event === undefined ? "" : tellEvent(event))),
      [`${idOf(1)} deleted`, "Paused"]
    )
    assert.strictEqual(gate.count, 1)
    await resumePurge(place.path)
    assert.deepStrictEqual(await collect(run), [
      "Resumed",
      `${idOf(2)} deleted`,
      `${idOf(3)} deleted`,
      "Ended finished"
    ])
  })

  it("a paused run can be ended", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    for await (const event of purge(sessions, plan, { concurrency: 1 })) {
      if (event._tag === "Begun") await pausePurge(place.path)
      if (event._tag === "Paused") break
    }
    assert.isFalse((await purgeStatus(place.path)).isHeld)
  })

  it("a cancelled purge ends, and does not begin again until that is taken back", async () => {
    const gate = makeGate()
    await using sessions = place.client({ fetch: gate.fetch })
    const plan = await place.plan(sessions, 3)
    const told = collect(purge(sessions, plan, { concurrency: 1 }))
    await gate.reached(1)
    await cancelPurge(place.path, { by: "ada" })
    gate.open()
    assert.deepStrictEqual(await told, ["Begun", `${idOf(1)} deleted`, "Ended cancelled"])
    const error = await rejection(collect(purge(sessions, plan)))
    assert.instanceOf(error, PurgeRefused)
    assert.strictEqual(error.reason, "cancelled")
    assert.include(error.message, "ada")
    assert.deepInclude(await purgeStatus(place.path), { state: "cancelled", by: "ada" })
    await resumePurge(place.path)
    assert.strictEqual((await collect(purge(sessions, plan))).at(-1), "Ended finished")
    assert.deepStrictEqual(await place.held(), [])
  })

  it("there is nothing to steer without a ledger", async () => {
    await using sessions = place.client()
    await place.plan(sessions, 1)
    for (const steer of [pausePurge, resumePurge, cancelPurge, verifyLedger]) {
      assert.strictEqual(await problemOf(steer(place.path)), "missing")
    }
    const error = await rejection(Reflect.apply(pausePurge, undefined, [place.path, { by: 7 }]))
    assert.instanceOf(error, InvalidConfig)
    assert.instanceOf(await rejection(pausePurge("")), InvalidConfig)
  })
})

describe("verifyLedger", () => {
  it("says where a ledger ends, and sees what was changed", async () => {
    await using sessions = place.client()
    await collect(purge(sessions, await place.plan(sessions, 3)))
    const { entries, hash } = await verifyLedger(place.path)
    // The plan, a beginning, an end; an intent and an outcome for each.
    assert.strictEqual(entries, 3 + 2 * idsOf(3).length)
    assert.match(hash, /^[0-9a-f]{64}$/)
    const database = new DatabaseSync(place.path.replace(/jsonl$/, "ledger.sqlite"))
    database.exec("UPDATE entries SET body = replace(body, 'deleted', 'unknown') WHERE body LIKE '%outcome%'")
    database.close()
    const error = await rejection(verifyLedger(place.path))
    assert.instanceOf(error, LedgerError)
    assert.strictEqual(error.problem, "altered")
    assert.deepInclude(JSON.parse(JSON.stringify(error)), { _tag: "LedgerError", message: error.message })
    assert.strictEqual(await problemOf(collect(purge(sessions, place.path))), "altered")
  })

  it("a ledger that is no database", async () => {
    await using sessions = place.client()
    await place.plan(sessions, 1)
    writeFileSync(place.path.replace(/jsonl$/, "ledger.sqlite"), "nothing of the sort")
    assert.strictEqual(await problemOf(collect(purge(sessions, place.path))), "unreadable")
    assert.deepStrictEqual(await place.asked(), [])
  })
})
