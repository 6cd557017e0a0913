/**
 * What one call can do differently: be stopped, and be tried again or not.
 */
import { definePlugin } from "@powerdrill-sessions/promise"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { half, json, serve, silence, success } from "./support/Server.ts"
import { answer, clientOf, clientOver, errorOf, rejection } from "./support/sessions.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("CallOptions", () => {
  describe("signal", () => {
    it("B15 one that is aborted already: nothing is sent, and the session is not deleted", async () => {
      await using sessions = clientOver(() => assert.fail("Something was sent."))
      const reason = new Error("no longer wanted")
      const signal = AbortSignal.abort(reason)
      assert.strictEqual(await rejection(sessions.delete("04b6", { signal })), reason)
      assert.strictEqual(await rejection(sessions.ensureDeleted("04b6", { signal })), reason)
      const error = await errorOf(sessions.try.delete("04b6", { signal }))
      assert.strictEqual(error._tag === "Aborted" && error.reason, reason)
      assert.strictEqual(error.outcome, "not-deleted")
    })

    it("B15 waiting for an answer, and reading one: stops, and whether it was deleted is unknown", async () => {
      for (const stuck of [silence, half]) {
        await using server = await serve(stuck)
        await using sessions = clientOf(server, { retry: "standard" })
        const controller = new AbortController()
        const { signal } = controller
        const rejected = rejection(sessions.delete("04b6", { signal }))
        const ended = errorOf(sessions.try.ensureDeleted("04b7", { signal }))
        await server.arrived(2)
        controller.abort()
        const reason = await rejected
        assert.instanceOf(reason, DOMException)
        assert.strictEqual(reason.name, "AbortError")
        const error = await ended
        assert.strictEqual(error._tag === "Aborted" && error.reason, reason)
        assert.strictEqual(error.outcome, "unknown")
        await server.abandoned(2)
        assert.strictEqual(server.arrivals.length, 2)
      }
    })

    it("B15 stops with a fetch that does not listen, and what that does later changes nothing", async () => {
      const late = Promise.withResolvers<Response>()
      const sent = Promise.withResolvers<void>()
      await using sessions = clientOver(() => {
        sent.resolve()
        return late.promise
      })
      const controller = new AbortController()
      const rejected = rejection(sessions.delete("04b6", { signal: controller.signal }))
      await sent.promise
      controller.abort("stop")
      assert.strictEqual(await rejected, "stop")
      late.reject(new Error("too late"))
    })

    it("B15 between two attempts: no later request", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
      for (const isAborted of [false, true]) {
        let requests = 0
        await using sessions = clientOver(
          () => {
            requests++
            return answer({ code: 201 }, { "retry-after": "30" })
          },
          { retry: "rate-limits" }
        )
        const controller = new AbortController()
        const ended = errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
        await vi.waitFor(() => assert.isAbove(vi.getTimerCount(), 0))
        await vi.advanceTimersByTimeAsync(29_000)
        assert.strictEqual(requests, 1)
        if (isAborted) controller.abort()
        await vi.advanceTimersByTimeAsync(60_000)
        const error = await ended
        assert.strictEqual(error._tag, isAborted ? "Aborted" : "RateLimited")
        // All that was sent had been refused.
        assert.strictEqual(error.outcome, "not-deleted")
        assert.strictEqual(requests, isAborted ? 1 : 2)
        assert.strictEqual(vi.getTimerCount(), 0)
      }
    })

    it("B15 between two attempts, the first of which is in doubt: unknown", async () => {
      await using server = await serve(json({ code: 9999 }))
      const controller = new AbortController()
      const waiting = definePlugin({
        name: "waiting",
        onRetry: () => {
          setTimeout(() => controller.abort(), 5)
          return { wait: "30 seconds" }
        }
      })
      await using sessions = clientOf(server, { retry: "standard", plugins: [waiting] })
      const error = await errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
      assert.deepInclude(error, { _tag: "Aborted", outcome: "unknown" })
    })

    it("B15 before its turn has come: not deleted", async () => {
      await using server = await serve(success)
      await using sessions = clientOf(server, { requestsPerSecond: 0.1 })
      const controller = new AbortController()
      await sessions.delete("04b6")
      const ended = errorOf(sessions.try.delete("04b7", { signal: controller.signal }))
      const closing = errorOf(sessions.try.delete("04b8"))
      setTimeout(() => controller.abort(), 5)
      assert.deepInclude(await ended, { _tag: "Aborted", outcome: "not-deleted" })
      await sessions.close()
      assert.deepInclude(await closing, { _tag: "ClientClosed", outcome: "not-deleted" })
      assert.strictEqual(server.arrivals.length, 1)
    })

    it("B15 once the API has said that it is deleted: the receipt, or unknown while there is none yet", async () => {
      for (const [hook, close] of [
        ["after", false],
        ["after", true],
        ["onAttempt", false],
        ["onAttempt", true]
      ] as const) {
        await using server = await serve(success)
        const controller = new AbortController()
        const stopping = async () => {
          if (close) void sessions.close()
          else controller.abort()
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        await using sessions = clientOf(server, { plugins: [{ name: "stopping", [hook]: stopping }] })
        const result = await sessions.try.delete("04b6", { signal: controller.signal })
        const told = result.ok ? result.receipt.disposition : `${result.error._tag} ${result.error.outcome}`
        if (hook === "after") assert.strictEqual(told, "deleted")
        else assert.strictEqual(told, close ? "ClientClosed unknown" : "Aborted unknown")
      }
    })

    it("one that is aborted afterwards takes nothing back", async () => {
      await using sessions = clientOver(() => answer({ code: 0 }))
      const controller = new AbortController()
      const receipt = sessions.delete("04b6", { signal: controller.signal })
      void receipt.then(() => controller.abort())
      assert.strictEqual((await receipt).disposition, "deleted")
    })

    it("B28 10,000 calls leave no listener on it, whether they end or are aborted", async () => {
      let requests = 0
      await using sessions = clientOver(() => {
        requests++
        return requests <= 9_000 ? answer({ code: requests % 2 === 0 ? 0 : 1003 }) : new Promise(() => {})
      })
      const controller = new AbortController()
      const { signal } = controller
      let listeners = 0
      const added = vi.spyOn(signal, "addEventListener").mockImplementation((...args) => {
        listeners++
        EventTarget.prototype.addEventListener.apply(signal, args)
      })
      vi.spyOn(signal, "removeEventListener").mockImplementation((...args) => {
        listeners--
        EventTarget.prototype.removeEventListener.apply(signal, args)
      })
      for (let count = 0; count < 9_000; count++) await sessions.try.delete("04b6", { signal })
      assert.isAbove(added.mock.calls.length, 0)
      assert.strictEqual(listeners, 0)
      const endings = Array.from({ length: 1_000 }, () => errorOf(sessions.try.delete("04b6", { signal })))
      await vi.waitFor(() => assert.strictEqual(requests, 10_000))
      assert.strictEqual(listeners, 1_000)
      controller.abort()
      for (const ending of endings) assert.strictEqual((await ending)._tag, "Aborted")
      assert.strictEqual(listeners, 0)
    }, 60_000)
  })

  describe("retry", () => {
    it("says which failures are tried again, for one call or for all", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
      const attempts = async (code: number, client: Retry, call: Retry) => {
        await using sessions = clientOver(() => answer({ code }), { retry: client })
        const ended = errorOf(sessions.try.delete("04b6", { retry: call }))
        await vi.advanceTimersByTimeAsync(10_000)
        const error = await ended
        return "attempts" in error ? error.attempts : assert.fail(error.message)
      }
      assert.strictEqual(await attempts(201, undefined, undefined), 4)
      assert.strictEqual(await attempts(9999, undefined, undefined), 4)
      assert.strictEqual(await attempts(201, "rate-limits", undefined), 4)
      assert.strictEqual(await attempts(9999, "rate-limits", undefined), 1)
      assert.strictEqual(await attempts(201, "none", undefined), 1)
      assert.strictEqual(await attempts(201, "none", "standard"), 4)
      assert.strictEqual(await attempts(201, "standard", "none"), 1)
      assert.strictEqual(await attempts(100001, "standard", "standard"), 1)
    })
  })
})

type Retry = "standard" | "rate-limits" | "none" | undefined
