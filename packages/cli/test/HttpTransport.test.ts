/**
 * Over real sockets: what the command line sends by, on Node its `http`, on Bun and Deno fetch.
 */
import { PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { HttpClient } from "effect/http"
import * as Zlib from "node:zlib"
import { type Answer, json, reset, serve, success } from "../../core/test/support/Server.ts"
import * as Deletion from "../src/Deletion.ts"
import * as HttpTransport from "../src/HttpTransport.ts"
import { canary } from "./support/cli.ts"

const over = (baseUrl: string, attemptTimeout: "10 seconds" | "150 millis" = "10 seconds") =>
  Layer.unwrap(
    Effect.map(PowerdrillConfig, (config) => Deletion.layer(config)).pipe(
      Effect.provide(
        PowerdrillConfig.layer({
          apiKey: Redacted.make(canary),
          baseUrl,
          attemptTimeout,
          requestsPerSecond: Infinity
        })
      )
    )
  )

const remove = (sessionId: string) => Sessions.use((sessions) => sessions.delete({ sessionId, userId: "tmm-1=" }))

/** One delete without retries against a server that answers by hand: how it ended, and what arrived. */
const exchange = Effect.fnUntraced(function* (answer: Answer, attemptTimeout?: "150 millis") {
  const server = yield* serve(answer)
  const result = yield* remove("04b6").pipe(
    RetryPolicy.withPolicy(RetryPolicy.none),
    Effect.result,
    Effect.provide(over(server.url, attemptTimeout))
  )
  const ending =
    result._tag === "Success" ? result.success.disposition : `${result.failure._tag} ${result.failure.outcome}`
  return { ending, server, result }
})

const encoded =
  (encoding: string, body: Buffer | string): Answer =>
  (response) =>
    response.writeHead(200, { "content-encoding": encoding }).end(body)

const unknown = "OutcomeUnknown unknown"

describe("HttpTransport", () => {
  it.live("sends the documented request, and nothing of its own that says more", () =>
    Effect.gen(function* () {
      const { ending, server } = yield* exchange(success)
      assert.strictEqual(ending, "deleted")
      const [{ body, headers, method, path }] = server.onlyArrival()
      assert.deepStrictEqual([method, path, body], ["DELETE", "/v1/team/sessions/04b6?userId=tmm-1%3D", ""])
      assert.deepInclude(headers, { accept: "application/json", "x-pd-api-key": canary })
      for (const name of ["traceparent", "b3", "authorization", "cookie", "content-type", "transfer-encoding"]) {
        assert.isUndefined(headers[name], name)
      }
    })
  )

  const small = '{"code":0}'
  const cases: ReadonlyArray<readonly [what: string, answer: Answer, ending: string]> = [
    ["64 KiB", json(small.padEnd(64 * 1024)), "deleted"],
    ["a byte more than 64 KiB", json(small.padEnd(64 * 1024 + 1)), unknown],
    ["gzip", encoded("gzip", Zlib.gzipSync(small)), "deleted"],
    ["brotli", encoded("br", Zlib.brotliCompressSync(small)), "deleted"],
    ["garbage for gzip", encoded("gzip", small), unknown],
    ["half of a gzip", encoded("gzip", Zlib.gzipSync(small).subarray(0, 20)), unknown],
    ["an encoding that nobody undoes", encoded("foo", small), unknown],
    ["an empty body", json(""), unknown],
    ["something that is not HTTP", (response) => response.socket?.end("SSH-2.0-x\r\n"), unknown],
    ["a reset", reset, unknown],
    [
      "half a body, then a reset",
      (response) => {
        response.writeHead(200, { "content-length": "100" }).write(small)
        setImmediate(() => response.socket?.destroy())
      },
      unknown
    ],
    [
      "headers, then a reset",
      (response) => {
        response.writeHead(200, { "content-length": "10" }).flushHeaders()
        setImmediate(() => response.socket?.destroy())
      },
      unknown
    ],
    ["a body without end", (response) => endless(response), unknown]
  ]
  for (const [what, answer, expected] of cases) {
    it.live(`B07 B12 ${what}: ${expected}`, () =>
      Effect.map(exchange(answer), ({ ending }) => assert.strictEqual(ending, expected))
    )
  }

  it.live("B12 silence, and a body that stalls, are unknown after the attempt's timeout", () =>
    Effect.gen(function* () {
      for (const answer of [() => {}, (response) => response.writeHead(200).write("{")] satisfies Array<Answer>) {
        assert.strictEqual((yield* exchange(answer, "150 millis")).ending, unknown)
      }
    })
  )

  for (const status of [301, 302, 303, 307, 308]) {
    it.live(`B09 a redirect with ${status} is not followed`, () =>
      Effect.gen(function* () {
        const target = yield* serve(success)
        const { ending } = yield* exchange((response) => response.writeHead(status, { location: target.url }).end())
        assert.deepStrictEqual([ending, target.arrivals.length], [unknown, 0])
      })
    )
  }

  it.live("B11 nothing is sent twice when a connection that was kept open is reset", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, reset, json({ code: 300003 }))
      const error = yield* remove("first").pipe(
        Effect.andThen(Effect.flip(remove("second"))),
        RetryPolicy.withPolicy(RetryPolicy.none),
        Effect.provide(over(server.url))
      )
      assert.deepStrictEqual([`${error._tag} ${error.outcome}`, server.arrivals.length], [unknown, 2])
    })
  )

  it.live("B13 a refused connection and an unknown host are unreachable, with nothing sent", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(serve(success))
      for (const baseUrl of [closed.url, "https://host.invalid"]) {
        const error = yield* Effect.flip(remove("04b6")).pipe(
          RetryPolicy.withPolicy(RetryPolicy.none),
          Effect.provide(over(baseUrl))
        )
        assert.strictEqual(`${error._tag} ${error.outcome}`, "Unreachable not-deleted")
      }
    })
  )

  const beginnings: ReadonlyArray<readonly [where: string, begin: Answer]> = [
    ["while sending", () => {}],
    ["while reading", (response) => void response.writeHead(200).write("{")]
  ]
  for (const [where, begin] of beginnings) {
    it.live(`B15 interruption ${where} closes the connection, and nothing is sent later`, () =>
      Effect.gen(function* () {
        const closed = Promise.withResolvers<void>()
        const arrived = Promise.withResolvers<void>()
        const server = yield* serve((response, arrival) => {
          response.on("close", closed.resolve)
          begin(response, arrival)
          arrived.resolve()
        })
        const fiber = yield* remove("04b6").pipe(Effect.provide(over(server.url)), Effect.forkChild)
        yield* Effect.promise(() => arrived.promise)
        yield* Fiber.interrupt(fiber)
        yield* Effect.promise(() => closed.promise)
        assert.strictEqual(server.arrivals.length, 1)
      })
    )
  }

  it.live("its answers can be read in other ways, too", () =>
    Effect.gen(function* () {
      const server = yield* serve(
        json({ a: 1 }, 200, { "set-cookie": "b=2" }),
        json("text"),
        json("a=b"),
        json("no JSON")
      )
      const get = HttpClient.get(server.url)
      const first = yield* get
      assert.deepStrictEqual(yield* first.json, { a: 1 })
      assert.isTrue("b" in first.cookies.cookies)
      assert.strictEqual(yield* (yield* get).text, "text")
      assert.deepStrictEqual((yield* (yield* get).urlParamsBody).params, [["a", "b"]])
      assert.strictEqual((yield* Effect.flip((yield* get).json)).reason._tag, "DecodeError")
    }).pipe(Effect.provide(HttpTransport.layer))
  )
})

const endless = (response: Parameters<Answer>[0]) => {
  response.writeHead(200)
  const write = () => {
    while (response.write("x".repeat(16_384)) && !response.destroyed);
  }
  response.on("drain", write).on("error", () => {})
  write()
}
