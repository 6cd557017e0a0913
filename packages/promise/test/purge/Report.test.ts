/**
 * Reports of a purge, with promises.
 */
import { protect } from "@powerdrill-sessions/promise"
import { LedgerError, purge, purgeReport, verifyPurge } from "@powerdrill-sessions/promise/purge"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { collect, idOf, makePlace, type Place } from "../support/purges.ts"
import { rejection } from "../support/sessions.ts"

let place: Place

beforeEach(async () => {
  place = await makePlace()
})

afterEach(() => place[Symbol.asyncDispose]())

const whole = async (pieces: AsyncIterable<string>) => {
  let text = ""
  for await (const piece of pieces) text += piece
  return text
}

describe("purgeReport", () => {
  it("tells what became of the sessions, as text, as JSON and as a page", async () => {
    await using sessions = place.client({ plugins: [protect([idOf(3)])] })
    await collect(purge(sessions, await place.plan(sessions, 3)))
    for await (const _ of verifyPurge(sessions, place.path));
    const report = purgeReport(place.path)
    const text = await whole(report)
    assert.match(text, /^2 of 3 sessions are deleted\./m)
    assert.include(text, idOf(3))
    assert.strictEqual(await whole(report), text)
    const json: unknown = JSON.parse(await whole(purgeReport(place.path, { format: "json" })))
    assert.isObject(json)
    assert.match(await whole(purgeReport(place.path, { format: "html" })), /^<!doctype html>[^]*<\/html>\s*$/i)
  })

  it("one of a purge that is running says that it is not verified", async () => {
    await using sessions = place.client()
    await using run = purge(sessions, await place.plan(sessions, 1))
    await run.next()
    const during = await whole(purgeReport(place.path))
    await run.return()
    const after = await whole(purgeReport(place.path))
    assert.match(during, /not (?:been )?(?:verified|checked)/i)
    assert.notMatch(after, /not (?:been )?(?:verified|checked)/i)
  })

  it("rejects where there is no ledger, and for another format", async () => {
    const error = await rejection(whole(purgeReport(place.path)))
    assert.instanceOf(error, LedgerError)
    assert.strictEqual(error.problem, "missing")
    assert.match(
      String(await rejection(whole(Reflect.apply(purgeReport, undefined, [place.path, { format: "pdf" }])))),
      /format/
    )
  })
})
