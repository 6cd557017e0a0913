import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Emulator } from "../src/index.ts"
import { del, eventually, raw, send } from "./fixtures/call.ts"

// Time stands still in these tests, so anything that waits for a timeout never ends.
describe("closing", () => {
  it.effect("frees the port at once although connections are kept alive", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const first = yield* Scope.provide(Emulator.make({ port: 0 }), scope)
      yield* del(first, "one")
      yield* Scope.close(scope, Exit.void)
      const second = yield* Emulator.make({ port: Number(new URL(first.baseUrl).port) })
      assert.strictEqual(second.baseUrl, first.baseUrl)
      assert.strictEqual((yield* del(second, "one")).code, 300003)
    })
  )

  it.effect("drops requests under way", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const emulator = yield* Scope.provide(Emulator.make({ port: 0, latency: "1 hour" }), scope)
      yield* emulator.create({ sessionId: "one" })
      const fiber = yield* Effect.forkChild(Effect.exit(del(emulator, "one")))
      yield* eventually(Effect.map(emulator.requests, (requests) => requests.length === 1))
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      assert.isTrue(yield* emulator.holds("one"))
    })
  )
})

describe("what is not HTTP", () => {
  it.effect("is answered with a trace ID too", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const nonsense = yield* raw(emulator, "DELETE\r\n\r\n")
      assert.match(nonsense, /^HTTP\/1\.1 400 [\s\S]*x-pd-trace-id: [0-9a-f]{32}\r\n/)
      const docs = yield* send(new URL("/openapi.json", emulator.baseUrl).href)
      assert.strictEqual(docs.status, 200)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})
