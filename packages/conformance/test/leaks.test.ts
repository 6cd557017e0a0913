/**
 * What is left behind, by the runtime's own count: sockets, timers, unhandled rejections, warnings.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions, type SessionsError } from "@powerdrill-sessions/promise"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

/** The timers and sockets that keep the process busy. Bun tells of none: there, rejections and warnings are all it shows. */
const busy = () => process.getActiveResourcesInfo().filter((name) => /Timeout|TCPSocketWrap|GetAddrInfo/.test(name))

/** What nobody caught, and what the runtime complains of. */
const complaints = Effect.acquireRelease(
  Effect.sync(() => {
    const heard: Array<unknown> = []
    const hear = (complaint: unknown) => heard.push(complaint)
    process.on("unhandledRejection", hear).on("warning", hear)
    return { heard, hear }
  }),
  ({ hear }) => Effect.sync(() => process.off("unhandledRejection", hear).off("warning", hear))
)

describe("leaks", () => {
  it.live(
    "B28 1,000 aborted calls and 1,000 that end leave no socket, no timer, no rejection and no warning",
    () =>
      Effect.gen(function* () {
        const { heard } = yield* complaints
        const slow = yield* Emulator.make({ port: 0, rate: Infinity, faults: [{ fault: { after: "forever" } }] })
        const { apiKey, baseUrl, userId } = slow
        const before = busy().length
        const sessions = createSessions({ apiKey, baseUrl, userId, requestsPerSecond: Infinity, retry: "none" })
        const controller = new AbortController()
        const aborted = Array.from({ length: 1_000 }, (_, index) =>
          sessions.try.delete(`session-${index}`, { signal: controller.signal })
        )
        const rejected = Array.from({ length: 100 }, (_, index) =>
          sessions.delete(`other-${index}`, { signal: controller.signal }).then(
            () => "resolved",
            (error: unknown) => error
          )
        )
        while ((yield* slow.requests).length < 200) yield* Effect.sleep("5 millis")
        controller.abort()
        const results = yield* Effect.promise(() => Promise.all(aborted))
        const tags = new Set<SessionsError["_tag"] | "ok">(
          results.map((result) => (result.ok ? "ok" : result.error._tag))
        )
        assert.deepStrictEqual(tags, new Set<SessionsError["_tag"]>(["Aborted"]))
        for (const reason of yield* Effect.promise(() => Promise.all(rejected))) {
          assert.strictEqual(reason, controller.signal.reason)
        }

        yield* slow.useFaults([])
        for (let index = 0; index < 1_000; index += 50) {
          yield* Effect.promise(() =>
            Promise.all(Array.from({ length: 50 }, (_, more) => sessions.try.delete(`late-${index + more}`)))
          )
        }
        yield* Effect.promise(() => sessions.close())
        const sent = (yield* slow.requests).length
        let tries = 0
        // Connections that are kept open close by and by.
        while (busy().length > before + allowance && tries++ < 200) yield* Effect.sleep("50 millis")
        assert.isAtMost(busy().length, before + allowance, [...new Set(busy())].join())
        assert.strictEqual((yield* slow.requests).length, sent)
        assert.deepStrictEqual(heard, [])
      }),
    60_000
  )
})

/** The timers of the test itself and of its runner come and go. */
const allowance = 5
