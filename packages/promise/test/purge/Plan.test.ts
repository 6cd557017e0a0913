/**
 * Plans with promises: what can be written, and what is refused.
 */
import { createSessions, InvalidConfig, type Sessions } from "@powerdrill-sessions/promise"
import {
  isPurgeError,
  openPlan,
  PlanError,
  type PlanEntry,
  PlanRefused,
  writePlan,
  type WritePlanOptions
} from "@powerdrill-sessions/promise/purge"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rejection } from "../support/sessions.ts"

let folder = ""
let path = ""
let sessions: Sessions

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-plan-"))
  path = join(folder, "plan.jsonl")
  sessions = createSessions({ apiKey: "key", baseUrl: "https://ai.example/api/" })
})

afterEach(async () => {
  await sessions.close()
  rmSync(folder, { recursive: true })
})

const entry = (sessionId: string, title?: string): PlanEntry => ({
  sessionId,
  userId: "tmm-1",
  ...(title === undefined ? undefined : { title })
})

const write = (entries: WritePlanOptions["entries"], options: Partial<WritePlanOptions> = {}) =>
  writePlan(sessions, path, { selection: "a test", entries, ...options })

const all = async <A>(iterable: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const found: Array<A> = []
  for await (const one of iterable) found.push(one)
  return found
}

/** What the promise rejects with, when nothing may have been written. */
const refused = async (promise: Promise<unknown>) => {
  const error = await rejection(promise)
  assert.deepStrictEqual(readdirSync(folder), [])
  return error
}

describe("writePlan", () => {
  it("writes a plan that openPlan reads, in its own order, each session once", async () => {
    const written = await write([entry("b", "B"), entry("a"), entry("b", "again")], { kept: 7 })
    const { entries, ...header } = await openPlan(path)
    assert.deepInclude(header, {
      path,
      baseUrl: "https://ai.example/api",
      selection: "a test",
      count: 2,
      kept: 7,
      digest: written.digest,
      confirmation: `delete 2 ${written.digest.slice(0, 8)}`
    })
    assert.deepStrictEqual(header.selectedAt, written.selectedAt)
    assert.instanceOf(header.selectedAt, Date)
    const found = [
      { n: 1, ...entry("a") },
      { n: 2, ...entry("b", "B") }
    ]
    assert.deepStrictEqual(await all(entries), found)
    // It can be iterated again.
    assert.deepStrictEqual(await all(entries), found)
  })

  it("takes what is found while it is written, and asks at the end how many were kept", async () => {
    let kept = 0
    async function* found() {
      yield entry("a")
      kept++
      yield entry("b")
    }
    const { count, kept: noted } = await write(found(), { kept: () => kept })
    assert.deepStrictEqual({ count, noted }, { count: 2, noted: 1 })
  })

  it("rejects with what its entries throw, and leaves nothing behind", async () => {
    const error = new Error("the list of users does not answer")
    function* found() {
      yield entry("a")
      throw error
    }
    assert.strictEqual(await refused(write(found())), error)
  })

  it("ends the iteration of its entries when one cannot be used", async () => {
    let ended = false
    async function* found() {
      try {
        yield entry("a")
        yield entry(" padded")
        yield entry("b")
      } finally {
        ended = true
      }
    }
    const error = await refused(write(found()))
    assert.instanceOf(error, PlanError)
    assert.strictEqual(error.reason, "invalid-entry")
    assert.match(error.message, /session " padded" must not begin or end with white space/)
    assert.isTrue(ended)
  })

  it("refuses what is no entry", async () => {
    for (const bad of [null, "a", {}, { sessionId: 1 }, { sessionId: "a" }, { ...entry("a"), title: 7 }]) {
      const error = await refused(write(JSON.parse(JSON.stringify([bad]))))
      assert.instanceOf(error, PlanError)
      assert.strictEqual(error.reason, "invalid-entry")
    }
  })

  it("a signal: it rejects with its reason, and there is no file", async () => {
    const stop = new AbortController()
    async function* found() {
      yield entry("a")
      stop.abort(new Error("not today"))
      yield* []
      await new Promise(() => {})
    }
    const error = await refused(write(found(), { signal: stop.signal }))
    assert.strictEqual(String(error), "Error: not today")
    assert.strictEqual(String(await refused(write([], { signal: AbortSignal.abort("no") }))), "no")
  })

  it("overwrites only where that is said", async () => {
    await write([entry("a")])
    const error = await rejection(write([entry("b")]))
    assert.instanceOf(error, PlanError)
    assert.strictEqual(error.reason, "exists")
    assert.isTrue(isPurgeError(error))
    await write([entry("b"), entry("c")], { overwrite: true })
    assert.strictEqual((await openPlan(path)).count, 2)
  })

  it("refuses options that cannot be used", async () => {
    const options: Record<string, unknown> = { selection: 7, entries: 7, kept: -1, overwrite: "yes", entrys: [] }
    for (const [name, value] of Object.entries(options)) {
      const error = await refused(write([], { [name]: value }))
      assert.instanceOf(error, InvalidConfig)
      assert.strictEqual(error.setting, name)
    }
    const missing = await refused(writePlan(sessions, path, JSON.parse('{"entries":[]}')))
    assert.include(String(missing), "selection")
    assert.include(String(await refused(writePlan(sessions, "", { selection: "x", entries: [] }))), "path")
    assert.include(
      String(await refused(Reflect.apply(writePlan, undefined, [{}, path, { selection: "x", entries: [] }]))),
      "sessions"
    )
  })
})

describe("openPlan", () => {
  it("refuses what is no plan, with the line, and its errors are plain JSON", async () => {
    await write([entry("a"), entry("b")])
    const plan = await openPlan(path)
    const [first = ""] = readFileSync(path, "utf8").split("\n")
    appendFileSync(path, `${first}\n`)
    for (const refused of [() => openPlan(path), () => all(plan.entries)]) {
      const error = await rejection(refused())
      assert.instanceOf(error, PlanRefused)
      assert.deepInclude(JSON.parse(JSON.stringify(error)), { _tag: "PlanRefused", atLine: 4, reason: "added" })
    }
    const error = await rejection(openPlan(path))
    assert.include(error instanceof Error ? error.stack : "", import.meta.filename)
  })

  it("refuses one for another server, where it is told which", async () => {
    await write([])
    const error = await rejection(openPlan(path, { baseUrl: "https://elsewhere.example" }))
    assert.instanceOf(error, PlanRefused)
    assert.strictEqual(error.reason, "base-url")
    assert.strictEqual((await openPlan(path, { baseUrl: "https://ai.example/api" })).count, 0)
  })

  it("an aborted signal", async () => {
    await write([])
    assert.strictEqual(await rejection(openPlan(path, { signal: AbortSignal.abort("no") })), "no")
  })
})
