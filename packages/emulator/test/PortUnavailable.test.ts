import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Emulator, PortUnavailable } from "../src/index.ts"

describe("PortUnavailable", () => {
  it.effect("says which port is taken and what to do", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Emulator
      const port = Number(new URL(baseUrl).port)
      const error = yield* Effect.flip(Emulator.make({ port }))
      assert.instanceOf(error, PortUnavailable)
      assert.strictEqual(error.port, port)
      assert.strictEqual(
        error.message,
        `Port ${port} of 127.0.0.1 is taken; another emulator may be running. ` +
          "Stop the program that uses it, or choose another port (0 picks a free one)."
      )
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it("names any other reason", () => {
    const error = new PortUnavailable({ port: 80, cause: Object.assign(new Error("no"), { code: "EACCES" }) })
    assert.include(error.message, "Port 80 of 127.0.0.1 cannot be opened (EACCES).")
  })
})
