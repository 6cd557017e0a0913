/**
 * Over real sockets: what leaves, and what is made of what comes back.
 */
import { ClientClosed, createSessions, InvalidRequest, OutcomeUnknown } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { inspect } from "node:util"
import { canary, half, json, reset, serve, silence, success } from "./support/Server.ts"
import { answer, clientOf, clientOver, errorOf, rejection } from "./support/sessions.ts"

describe("Sessions", () => {
  it("sends the documented request, byte for byte", async () => {
    await using server = await serve(success)
    await using sessions = clientOf(server)
    await sessions.delete("a/../b", { externalTraceId: "mine 1" })
    const [arrival = fail("Nothing arrived.")] = server.arrivals
    assert.strictEqual(arrival.method, "DELETE")
    assert.strictEqual(arrival.path, "/app/api/v1/team/sessions/a%2F..%2Fb?userId=tmm-1%3D")
    assert.strictEqual(arrival.body, "")
    assert.strictEqual(arrival.headers["x-pd-api-key"], canary)
    assert.strictEqual(arrival.headers["x-pd-external-trace-id"], "mine 1")
    for (const name of ["traceparent", "b3", "authorization", "cookie", "content-type", "transfer-encoding"]) {
      assert.isUndefined(arrival.headers[name], name)
    }
    assert.strictEqual(server.arrivals.length, 1)
  })

  it("the user of a call takes the place of the client's", async () => {
    await using server = await serve(success)
    await using sessions = clientOf(server, { userId: "tmm-default" })
    await sessions.delete("04b6")
    await sessions.delete("04b6", { userId: "tmm-other" })
    await sessions.ensureDeleted("04b6", { userId: undefined })
    assert.deepStrictEqual(
      server.arrivals.map(({ path }) => new URL(path, "http://127.0.0.1").searchParams.get("userId")),
      ["tmm-default", "tmm-other", "tmm-default"]
    )
    assert.isUndefined(server.arrivals[0]?.headers["x-pd-external-trace-id"])
  })

  it("B14 a session that was never found is an error of delete and a receipt of ensureDeleted", async () => {
    await using server = await serve(json({ code: 300003, msg: "session not found" }))
    await using sessions = clientOf(server)
    assert.strictEqual((await errorOf(sessions.try.delete("04b6")))._tag, "SessionNotFound")
    assert.strictEqual((await sessions.ensureDeleted("04b6")).disposition, "already-absent")
    const result = await sessions.try.ensureDeleted("04b6")
    assert.strictEqual(result.ok && result.receipt.disposition, "already-absent")
  })

  it("B11 a connection that is lost after the delete ends as deleted, or as unknown where nothing is retried", async () => {
    await using server = await serve(reset, json({ code: 300003 }), reset)
    await using sessions = clientOf(server)
    const { attempts, disposition } = await sessions.delete("04b6", { retry: "standard" })
    assert.deepStrictEqual({ attempts, disposition }, { attempts: 2, disposition: "absent-after-unknown" })
    const error = await rejection(sessions.delete("04b6"))
    assert.instanceOf(error, OutcomeUnknown)
    assert.strictEqual(error.outcome, "unknown")
  })

  it("methods work without their object, and in any number at once", async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `session-${index}`)
    await using server = await serve((response, arrival) =>
      json({ code: arrival.path.includes("session-7?") ? 1003 : 0 })(response, arrival)
    )
    await using sessions = clientOf(server)
    const { delete: remove } = sessions.try
    const results = await Promise.all(ids.map((id) => remove(id)))
    assert.deepStrictEqual(
      results.map((result) => (result.ok ? result.receipt.sessionId : result.error.sessionId)),
      ids
    )
    assert.deepStrictEqual(
      results.flatMap((result) => (result.ok ? [] : [result.error.sessionId])),
      ["session-7"]
    )
    assert.strictEqual(server.arrivals.length, ids.length)
  })

  it("a malformed call is rejected, never thrown, and sends nothing", async () => {
    const fetch = () => assert.fail("Something was sent.")
    await using sessions = clientOver(fetch)
    const malformed: ReadonlyArray<readonly [field: string, args: ReadonlyArray<unknown>]> = [
      ["sessionId", []],
      ["sessionId", [42]],
      ["sessionId", [".."]],
      ["userId", ["04b6", { userId: null }]],
      ["userId", ["04b6", { userId: " padded" }]],
      ["externalTraceId", ["04b6", { externalTraceId: "x".repeat(129) }]],
      ["signal", ["04b6", { signal: {} }]],
      // It could be listened to, and never left.
      ["signal", ["04b6", { signal: { aborted: false, addEventListener() {} } }]],
      ["retry", ["04b6", { retry: "always" }]],
      ["options", ["04b6", null]],
      // What `ids.map(sessions.delete)` would give.
      ["options", ["04b6", 0, ["04b6"]]]
    ]
    for (const method of [sessions.delete, sessions.ensureDeleted]) {
      for (const [field, args] of malformed) {
        const promise: Promise<unknown> = Reflect.apply(method, undefined, args)
        const error = await rejection(promise)
        assert.instanceOf(error, InvalidRequest)
        assert.strictEqual(error.field, field)
        assert.strictEqual(error.outcome, "not-deleted")
      }
    }
    for (const method of [sessions.try.delete, sessions.try.ensureDeleted]) {
      for (const [field, args] of malformed) {
        const result: unknown = await Reflect.apply(method, undefined, args)
        assert.nestedPropertyVal(result, "error._tag", "InvalidRequest")
        assert.nestedPropertyVal(result, "error.field", field)
      }
    }
  })

  it("a call without a user says where to put one", async () => {
    await using sessions = createSessions({ apiKey: canary, fetch: () => assert.fail("Something was sent.") })
    const error = await rejection(sessions.delete("04b6"))
    assert.instanceOf(error, InvalidRequest)
    assert.match(error.message, /userId must be given, with the call or to createSessions, or as POWERDRILL_USER_ID/)
  })

  it("B09 follows no redirect: nothing and no key reaches the target", async () => {
    await using target = await serve(success)
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await serve(json("", status, { location: `${target.url}/stolen` }))
      await using sessions = clientOf(server)
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.strictEqual(error._tag === "OutcomeUnknown" && error.reason, "redirected")
      assert.strictEqual(server.arrivals.length, 1)
    }
    assert.strictEqual(target.arrivals.length, 0)
  })

  it("after close every call is refused, and nothing is sent", async () => {
    await using server = await serve(success)
    const sessions = clientOf(server)
    await sessions.delete("04b6")
    await Promise.all([sessions.close(), sessions.close()])
    await sessions.close()
    await sessions[Symbol.asyncDispose]()
    for (const method of [sessions.delete, sessions.ensureDeleted]) {
      const error = await rejection(method("04b6"))
      assert.instanceOf(error, ClientClosed)
      assert.strictEqual(error.outcome, "not-deleted")
    }
    assert.strictEqual((await errorOf(sessions.try.delete("04b6")))._tag, "ClientClosed")
    assert.strictEqual(server.arrivals.length, 1)
  })

  it("closing stops the calls that are under way: waiting for an answer, and reading one", async () => {
    for (const stuck of [silence, half]) {
      await using server = await serve(stuck)
      const sessions = clientOf(server, { retry: "standard" })
      const endings = Promise.all([rejection(sessions.delete("04b6")), rejection(sessions.ensureDeleted("04b7"))])
      await server.arrived(2)
      await sessions.close()
      for (const error of await endings) {
        assert.instanceOf(error, ClientClosed)
        assert.strictEqual(error.outcome, "unknown")
      }
      await server.abandoned(2)
      assert.strictEqual(server.arrivals.length, 2)
    }
  })

  it("await using closes at the end of its block", async () => {
    const escaped = await (async () => {
      await using sessions = clientOver(() => answer({ code: 0 }))
      await sessions.delete("04b6")
      return sessions
    })()
    assert.instanceOf(await rejection(escaped.delete("04b6")), ClientClosed)
  })

  it("an error's stack leads to the caller, and has no Effect in it", async () => {
    await using server = await serve(json({ code: 100001 }))
    await using sessions = clientOf(server)
    const error = await (function callerOfTheTest() {
      return errorOf(sessions.try.delete("04b6"))
    })()
    assert.match(error.stack ?? "", /^InvalidOperation: Session "04b6" was not deleted\./)
    assert.match(error.stack ?? "", /callerOfTheTest/)
    assert.notMatch(error.stack ?? "", /FiberFailure|effect\/dist|effect\/src/)
  })

  it("B27 the key appears nowhere", async () => {
    const answers = [
      success,
      json({ code: 1004, msg: `bad key ${canary}` }, 403, { "x-pd-trace-id": canary }),
      reset,
      json(canary, 500)
    ]
    const seen: Array<unknown> = []
    for (const answer of answers) {
      await using server = await serve(answer)
      const sessions = clientOf(server)
      seen.push(sessions, await sessions.try.delete("04b6"))
      await sessions.close()
      seen.push(await sessions.try.delete("04b6"))
      assert.deepStrictEqual(
        server.arrivals.map(({ headers }) => headers["x-pd-api-key"]),
        [canary]
      )
    }
    // Careless functions that put the request into what they throw and return.
    const careless = clientOver((input, init) => Promise.reject(Object.assign(new Error(canary), { input, init })))
    seen.push(await careless.try.delete("04b6"))
    const broken = clientOver(() => Promise.resolve(Object.create({}, { status: { get: () => fail(canary) } })))
    seen.push(await broken.try.delete("04b6"))
    for (const thing of seen.flatMap(parts)) {
      const texts = [String(thing), inspect(thing, { depth: 20, showHidden: true }), JSON.stringify(thing)]
      if (thing instanceof Error) texts.push(thing.message, thing.stack ?? "", String(thing.cause))
      for (const text of texts) assert.notInclude(text ?? "", canary)
    }
  })
})

const fail = (message: string): never => {
  throw new Error(message)
}

const parts = (thing: unknown): ReadonlyArray<unknown> =>
  typeof thing === "object" && thing !== null ? [thing, ...Object.values(thing)] : [thing]
