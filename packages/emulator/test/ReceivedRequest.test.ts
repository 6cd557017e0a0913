import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Emulator } from "../src/index.ts"
import { del, raw } from "./fixtures/call.ts"

describe("ReceivedRequest", () => {
  it.effect("keeps the path as it was on the wire, and the answer as it was sent", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const paths = [
        "/api/v1/team/sessions/..?userId=u",
        "/api/v1/team/sessions/%2e%2E?userId=u",
        "/api//v1/team/sessions/a%2F..%2Fb/?userId=a%3Db&x=+",
        "/api/v1/team/sessions/%zz",
        "/elsewhere"
      ]
      for (const path of paths) {
        yield* raw(emulator, `DELETE ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      }
      const requests = yield* emulator.requests
      assert.deepStrictEqual(
        requests.map((request) => request.path),
        paths
      )
      assert.isTrue(requests.every((request) => request.method === "DELETE"))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("keeps the headers, but not the key, and the answer as it was sent", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const response = yield* del(emulator, "absent", { headers: { "X-PD-External-Trace-Id": "support-1" } })
      const [request] = yield* emulator.requests
      assert.strictEqual(request?.headers["x-pd-api-key"], "<redacted>")
      assert.strictEqual(request?.headers["x-pd-external-trace-id"], "support-1")
      assert.notInclude(JSON.stringify(request), emulator.apiKey)
      assert.deepStrictEqual(request?.answer, {
        status: 200,
        code: 300003,
        traceId: response.headers.get("x-pd-trace-id") ?? "none"
      })
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("has no code where there is no envelope", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* raw(emulator, "GET /api/v1/nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      const [request] = yield* emulator.requests
      assert.hasAllKeys(request?.answer, ["status", "traceId"])
      assert.strictEqual(request?.answer?.status, 404)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})
