/**
 * What a call costs, counted instead of timed.
 */
import { UndiciTransport } from "@powerdrill-sessions/undici"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { counted } from "../../core/test/support/counted.ts"
import { serve, success } from "../../core/test/support/Server.ts"
import { over, remove } from "../../core/test/support/sessions.ts"

describe("what a call costs over undici", () => {
  it.live("no fiber, no span, no controller", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const calls = (many: number) =>
        Effect.forEach(Array(many), () => remove("04b6"), { concurrency: 32, discard: true })
      const costs = yield* Effect.andThen(calls(100), counted(calls(100))).pipe(
        Effect.provide(over(UndiciTransport.layer)({ baseUrl: server.url }))
      )
      const { controllers, fibers, schemas, spans } = costs
      assert.deepStrictEqual({ controllers, spans }, { controllers: 0, spans: 0 })
      assert.isBelow(schemas, 100)
      // Those of this test's loop, and what sleeps for all of them.
      assert.isAtLeast(fibers, 100)
      assert.isBelow(fibers, 120)
    })
  )
})
