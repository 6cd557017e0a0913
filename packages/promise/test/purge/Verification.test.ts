/**
 * Looking whether the sessions of a plan are gone, with promises.
 */
import { ClientClosed, InvalidConfig } from "@powerdrill-sessions/promise"
import { purge, type PurgeReading, purgeStatus, verifyLedger, verifyPurge } from "@powerdrill-sessions/promise/purge"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { collect, idOf, idsOf, makePlace, type Place } from "../support/purges.ts"
import { rejection } from "../support/sessions.ts"

let place: Place

beforeEach(async () => {
  place = await makePlace()
})

afterEach(() => place[Symbol.asyncDispose]())

const all = async (readings: AsyncIterable<PurgeReading>) => {
  const found: Array<string> = []
  for await (const { reading, sessionId } of readings) found.push(`${sessionId} ${reading}`)
  return found
}

describe("verifyPurge", () => {
  it("says of each whether it is there, in the order of the plan, and has it in the ledger", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 4)
    await collect(purge(sessions, plan))
    const before = await verifyLedger(place.path)
    await Effect.runPromise(place.emulator.create({ sessionId: idOf(2) }))
    const expected = idsOf(4).map((id) => `${id} ${id === idOf(2) ? "present" : "absent"}`)
    assert.deepStrictEqual(await all(verifyPurge(sessions, plan)), expected)
    assert.strictEqual((await verifyLedger(place.path)).entries, before.entries + 4)
    await Effect.runPromise(place.emulator.create({ sessionId: idOf(3) }))
    assert.include(await all(verifyPurge(sessions, place.path)), `${idOf(3)} reappeared`)
    assert.deepStrictEqual(await place.held(), [idOf(2), idOf(3)])
  })

  it("a signal: it rejects with its reason, and lets the ledger go", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    await collect(purge(sessions, plan))
    const error = new Error("enough")
    const signal = AbortSignal.abort(error)
    assert.strictEqual(await rejection(all(verifyPurge(sessions, plan, { signal }))), error)
    assert.isFalse((await purgeStatus(place.path)).isHeld)
  })

  it("leaving the loop lets the ledger go", async () => {
    await using sessions = place.client()
    const plan = await place.plan(sessions, 3)
    await collect(purge(sessions, plan))
    for await (const _ of verifyPurge(sessions, plan)) break
    assert.isFalse((await purgeStatus(place.path)).isHeld)
  })

  it("refuses a closed client and options that cannot be used", async () => {
    const sessions = place.client()
    const plan = await place.plan(sessions, 1)
    const error = await rejection(all(verifyPurge(sessions, plan, { concurrency: 0 })))
    assert.instanceOf(error, InvalidConfig)
    assert.strictEqual(error.setting, "concurrency")
    await sessions.close()
    assert.instanceOf(await rejection(all(verifyPurge(sessions, plan))), ClientClosed)
  })
})
