/**
 * Reading sessions with promises, over real sockets.
 */
import {
  ClientClosed,
  createSessions,
  Defect,
  isSessionsError,
  ReadFailed,
  type Sessions,
  type SessionSummary
} from "@powerdrill-sessions/promise"
import { assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { inspect } from "node:util"
import { canary, json, serve, silence } from "./support/Server.ts"
import { answer, clientOf, clientOver, rejection } from "./support/sessions.ts"

beforeEach(() => {
  vi.unstubAllEnvs()
})

const page = (records: ReadonlyArray<unknown>, total = records.length, pageSize = 100) =>
  json({ code: 0, data: { total, pageNumber: 1, pageSize, records } })

const pages = [page([{ id: "a" }, { id: "b" }], 3, 2), page([{ id: "c" }], 3, 2)] as const

const all = async (sessions: Sessions, options?: Parameters<Sessions["list"]>[0]) => {
  const listed: Array<SessionSummary> = []
  for await (const session of sessions.list(options)) listed.push(session)
  return listed
}

/** What a program in JavaScript might give. */
const untyped = (value: unknown) => Reflect.get(Object({ value }), "value")

const failure = async (promise: Promise<unknown>) => {
  const error = await rejection(promise)
  return error instanceof ReadFailed ? error : assert.fail(inspect(error))
}

describe("list", () => {
  it("gives all sessions, as frozen plain objects", async () => {
    const record = { id: "a", title: "A", userId: "tmm-1=", agentId: "x", jobMode: "AUTO", languageType: "AUTO" }
    await using server = await serve(
      page([
        { ...record, maxMessagesInContext: 10 },
        { id: "b", title: 4 }
      ])
    )
    await using sessions = clientOf(server)
    const listed = await all(sessions)
    assert.deepStrictEqual(listed, [{ ...record, maxMessagesInContext: 10 }, { id: "b" }])
    for (const session of listed) {
      assert.isTrue(Object.isFrozen(session))
      assert.strictEqual(Object.getPrototypeOf(session), Object.prototype)
    }
    assert.deepStrictEqual(
      server.arrivals.map(({ path }) => path),
      ["/app/api/v1/team/sessions?userId=tmm-1%3D&pageNumber=1&pageSize=100"]
    )
  })

  it("reads no page before it is asked for, and each iteration anew", async () => {
    await using server = await serve(...pages, ...pages, ...pages, ...pages)
    await using sessions = clientOf(server)
    const list = sessions.list({ titleContains: "x y", userId: "tmm-2" })
    assert.strictEqual(server.arrivals.length, 0)
    for await (const { id } of list) {
      assert.strictEqual(id, "a")
      break
    }
    assert.strictEqual(server.arrivals.length, 1)
    assert.match(server.arrivals[0]?.path ?? "", /\?userId=tmm-2&.*&title=x%20y$/)
  })

  it("gives what several pages hold", async () => {
    await using server = await serve(...pages, ...pages)
    await using sessions = clientOf(server)
    assert.deepStrictEqual(
      (await all(sessions)).map(({ id }) => id),
      ["a", "b", "c"]
    )
    assert.strictEqual(server.arrivals.length, 4)
  })

  it("gives what it has read, and then fails", async () => {
    await using server = await serve(pages[0], json({ code: 9999, msg: `${canary} tmm-1=` }))
    await using sessions = clientOf(server)
    const listed: Array<string> = []
    const error = await failure(
      (async () => {
        for await (const { id } of sessions.list()) listed.push(id)
      })()
    )
    assert.deepStrictEqual(listed, ["a", "b"])
    assert.deepInclude({ ...error }, { _tag: "ReadFailed", reason: "internal", read: "list", attempts: 1, code: 9999 })
    assert.notInclude(inspect(error), canary)
    assert.notInclude(inspect(error), "tmm-1=")
    assert.include(error.message, "The sessions could not be listed.")
    assert.include(error.stack, "reads.test")
    assert.isFalse(isSessionsError(error))
  })

  it("stops when its signal is aborted, with the reason", async () => {
    await using server = await serve(pages[0], silence)
    await using sessions = clientOf(server)
    const controller = new AbortController()
    const listing = rejection(all(sessions, { signal: controller.signal }))
    await server.arrived(2)
    const reason = new Error("enough")
    controller.abort(reason)
    assert.strictEqual(await listing, reason)
    await server.abandoned(1)
    assert.strictEqual(await rejection(all(sessions, { signal: controller.signal })), reason)
    assert.strictEqual(await rejection(sessions.find("a", { signal: controller.signal })), reason)
    assert.strictEqual(server.arrivals.length, 2)
  })

  it("ends when its client is closed", async () => {
    await using server = await serve(pages[0], silence)
    const sessions = clientOf(server)
    const listing = rejection(all(sessions))
    await server.arrived(2)
    await sessions.close()
    assert.instanceOf(await listing, ClientClosed)
    assert.instanceOf(await rejection(all(sessions)), ClientClosed)
    assert.instanceOf(await rejection(sessions.find("a")), ClientClosed)
    assert.strictEqual(server.arrivals.length, 2)
  })

  it("tries again as its client does", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
    try {
      for (const [retry, attempts] of [
        ["standard", 4],
        ["none", 1]
      ] as const) {
        await using sessions = clientOver(() => answer({ code: 9999 }), { retry })
        const failed = failure(all(sessions))
        await vi.advanceTimersByTimeAsync(10_000)
        assert.strictEqual((await failed).attempts, attempts)
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it("refuses what breaks a rule, when it is iterated over", async () => {
    vi.stubEnv("POWERDRILL_USER_ID", undefined)
    await using sessions = createSessions({ apiKey: canary, fetch: () => assert.fail("Something was sent.") })
    const cases: ReadonlyArray<readonly [options: unknown, field: string, rule: RegExp]> = [
      [{}, "userId", /must be given/],
      [undefined, "userId", /must be given/],
      [{ userId: " a" }, "userId", /white space/],
      [{ userId: "a", titleContains: "" }, "titleContains", /must not be empty/],
      [{ userId: "a", titleContains: 4 }, "titleContains", /must be a string/],
      [{ userId: "a", title: "draft" }, "title", /is no option/],
      [{ userId: "a", signal: {} }, "signal", /must be an AbortSignal/],
      ["a", "options", /must be an object/]
    ]
    for (const [options, field, rule] of cases) {
      const error = await failure(all(sessions, untyped(options)))
      assert.deepStrictEqual([error.reason, error.field, error.attempts], ["invalid-request", field, 0])
      assert.match(error.rule ?? "", rule)
    }
  })
})

describe("find", () => {
  it("gives the session, and undefined only where there is none", async () => {
    await using server = await serve(
      json({ code: 0, data: { id: "04b6", title: "T" } }),
      json({ code: 300003 }),
      json("not here", 404)
    )
    await using sessions = clientOf(server)
    const { find } = sessions
    assert.deepStrictEqual(await find("04b6"), { id: "04b6", title: "T" })
    assert.isUndefined(await find("04b6", { userId: "tmm-2" }))
    const error = await failure(find("04b6"))
    assert.deepInclude(
      { ...error },
      { reason: "unexpected-response", read: "find", sessionId: "04b6", httpStatus: 404 }
    )
    assert.deepStrictEqual(
      server.arrivals.map(({ path }) => path.replace(/.*\?/, "")),
      ["userId=tmm-1%3D", "userId=tmm-2", "userId=tmm-1%3D"]
    )
  })

  it("refuses what breaks a rule", async () => {
    vi.stubEnv("POWERDRILL_USER_ID", undefined)
    await using sessions = createSessions({ apiKey: canary, fetch: () => assert.fail("Something was sent.") })
    const cases: ReadonlyArray<readonly [id: unknown, options: unknown, field: string]> = [
      ["..", { userId: "a" }, "sessionId"],
      [4, { userId: "a" }, "sessionId"],
      ["a", {}, "userId"],
      [4, {}, "userId"],
      ["a", { titleContains: "x" }, "titleContains"]
    ]
    for (const [id, options, field] of cases) {
      const error = await failure(sessions.find(untyped(id), untyped(options)))
      assert.deepStrictEqual([error.reason, error.field], ["invalid-request", field])
      assert.strictEqual(error.sessionId, typeof id === "string" ? id : undefined)
    }
  })

  it("is a Defect where its fetch returns no response, and nothing was deleted", async () => {
    await using sessions = clientOver(async (): Promise<Response> => JSON.parse("null"))
    const error = await rejection(sessions.find("04b6"))
    assert.instanceOf(error, Defect)
    assert.strictEqual(error.outcome, "not-deleted")
    assert.match(error.message, /^Something broke during the read: TypeError/)
  })

  it("may be asked from inside of a hook", async () => {
    await using server = await serve(json({ code: 0, data: { id: "04b6", title: "Keep" } }))
    await using sessions = clientOf(server, {
      plugins: [
        {
          name: "keep",
          before: async ({ sessionId }) => {
            const session = await sessions.find(sessionId)
            return session?.title !== "Keep"
          }
        }
      ]
    })
    const result = await sessions.try.delete("04b6")
    assert.strictEqual(!result.ok && result.error._tag, "Vetoed")
    assert.deepStrictEqual(
      server.arrivals.map(({ method }) => method),
      ["GET"]
    )
  })
})
