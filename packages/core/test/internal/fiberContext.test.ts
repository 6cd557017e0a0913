/**
 * What Deno's fibers hold on to, with a runtime made up: on each runtime. How much that is in truth, see
 * `packages/bench/test/retained.test.ts`.
 */
import "@powerdrill-sessions/core/deno"
import { assert, describe, it } from "@effect/vitest"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { Effect, Fiber, Latch } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import { keepFirstContext } from "../../src/internal/fiberContext.ts"
import { overScript, remove } from "../support/sessions.ts"

/** Like Deno's, it can tell which one a function runs in. */
const makeRuntime = () => {
  const entered: Array<unknown> = []
  class AsyncResource {
    runInAsyncScope(run: (...args: ReadonlyArray<unknown>) => unknown, self: unknown, ...args: ReadonlyArray<unknown>) {
      entered.push(this)
      return Reflect.apply(run, self, args)
    }
  }
  return { entered, AsyncResource, globals: { process: { getBuiltinModule: () => ({ AsyncResource }) } } }
}

const sum = function (this: unknown, ...numbers: ReadonlyArray<unknown>) {
  return [this, ...numbers]
}

describe("fiberContext", () => {
  it.effect("a fiber goes on inside of the first resource that it took; what is no fiber, inside of its own", () =>
    Effect.gen(function* () {
      const { AsyncResource, entered, globals } = makeRuntime()
      keepFirstContext({ ...globals, Deno: {} })
      keepFirstContext({ ...globals, Deno: {} })
      const [a, b, c] = [new AsyncResource(), new AsyncResource(), new AsyncResource()]
      const one = yield* Effect.forkChild(Effect.never)
      const other = yield* Effect.forkChild(Effect.never)
      assert.deepStrictEqual(a.runInAsyncScope(sum, one, 1, 2), [one, 1, 2])
      b.runInAsyncScope(sum, other)
      c.runInAsyncScope(sum, one)
      c.runInAsyncScope(sum, other)
      const thing = {}
      b.runInAsyncScope(sum, thing)
      c.runInAsyncScope(sum, thing)
      c.runInAsyncScope(sum, undefined)
      assert.deepStrictEqual(
        entered.map((resource) => [a, b, c].findIndex((known) => known === resource)),
        [0, 1, 0, 1, 1, 2, 2]
      )
      yield* Fiber.interruptAll([one, other])
    })
  )

  it("nothing is changed where it is not Deno", () => {
    const { AsyncResource, globals } = makeRuntime()
    const before = Object.getOwnPropertyDescriptors(AsyncResource.prototype)
    keepFirstContext(globals)
    assert.deepStrictEqual(Object.getOwnPropertyDescriptors(AsyncResource.prototype), before)
  })

  it("an AsyncLocalStorage has the value of where a fiber was started, whoever resumes it", async () => {
    const storage = new AsyncLocalStorage<string>()
    const here = Effect.sync(() => storage.getStore())
    const program = Effect.gen(function* () {
      yield* remove("04b6")
      const gate = yield* Latch.make()
      const seen = Effect.andThen(Effect.all([gate.await, Effect.sleep("1 millis"), gate.await]), here)
      const all = ["one", "other"].map((name) => storage.run(name, () => Effect.runPromise(seen)))
      yield* Effect.sleep("1 millis")
      yield* gate.open
      return [...(yield* Effect.promise(() => Promise.all(all))), yield* here]
    }).pipe(Effect.provide(overScript([ScriptedHttpClient.respond({ code: 0 })])))
    const seen = await storage.run("a third", () => Effect.runPromise(program))
    assert.deepStrictEqual(seen, ["one", "other", "a third"])
  })
})
