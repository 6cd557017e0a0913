import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { UndiciTransport } from "@powerdrill-sessions/undici"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { randomBytes } from "node:crypto"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { Agent } from "undici/index.js"
import { type Answer, json, serve, success } from "../../core/test/support/Server.ts"
import { told } from "../../core/test/support/told.ts"

/** What is told of a request that is answered so. */
const answered = Effect.fnUntraced(function* (answer: Answer, maxBytes = 100, method: "DELETE" | "HEAD" = "DELETE") {
  const server = yield* serve(answer)
  return yield* told({ url: `${server.url}/a`, maxBytes, method })
})

const bodyOf = (answer: Answer, maxBytes?: number) =>
  Effect.flatMap(answered(answer, maxBytes), ({ ending }) =>
    Exit.map(ending, ({ data, whole }) => ({
      body: typeof data === "string" ? data : new TextDecoder().decode(data),
      whole
    }))
  )

const inEncoding =
  (encoding: string, body: string | Uint8Array): Answer =>
  (response) =>
    response.writeHead(200, { "content-encoding": encoding }).end(body)

/** One connection, no more. */
const narrow = UndiciTransport.layerNoDispatcher.pipe(
  Layer.provide(
    Layer.effect(
      NodeHttpClient.Dispatcher,
      Effect.acquireRelease(
        Effect.sync(() => new Agent({ connections: 1, pipelining: 1 })),
        (agent) => Effect.promise(() => agent.destroy())
      )
    )
  )
)

const megabyte = 1024 * 1024

describe("UndiciTransport", () => {
  it.layer(UndiciTransport.layer)((it) => {
    it.effect("tells the status and the headers of an answer, and its body", () =>
      Effect.gen(function* () {
        const { ending, head } = yield* answered(json({ code: 0 }, 404, { "X-Pd-Trace-Id": "trace-1" }))
        assert.strictEqual(head?.status, 404)
        assert.strictEqual(head?.headers["x-pd-trace-id"], "trace-1")
        assert.isTrue(Exit.isSuccess(ending))
      })
    )

    it.effect("is a client to all others", () =>
      Effect.gen(function* () {
        const server = yield* serve(json({ code: 0 }, 200, { "set-cookie": "a=b; Path=/" }))
        const response = yield* HttpClient.get(`${server.url}/a`)
        assert.strictEqual(response.cookies.cookies["a"]?.value, "b")
        assert.deepStrictEqual(yield* response.json, { code: 0 })
      })
    )

    it.effect("reads answers that have no body", () =>
      Effect.gen(function* () {
        const none: Answer = (response) => response.writeHead(204).end()
        assert.deepStrictEqual(yield* bodyOf(none), { body: "", whole: true })
        const { ending } = yield* answered(success, 100, "HEAD")
        assert.isTrue(Exit.isSuccess(ending))
      })
    )

    it.effect("reads no more than it is asked for, and lets go of the connection then", () =>
      Effect.gen(function* () {
        const { body, whole } = yield* bodyOf(json("x".repeat(megabyte)), 1_000)
        assert.isFalse(whole)
        assert.isBelow(body.length, megabyte)
        const exact = '{"code":0}'
        assert.isTrue((yield* bodyOf(json(exact), exact.length)).whole)
        assert.isFalse((yield* bodyOf(json(exact), exact.length - 1)).whole)
        yield* Effect.flip(bodyOf(inEncoding("gzip", randomBytes(megabyte))))

        const connection = Promise.withResolvers<void>()
        const endless = yield* bodyOf((response) => {
          response.on("close", connection.resolve).writeHead(200)
          const write = () => {
            while (response.write("x".repeat(megabyte)) && !response.destroyed);
          }
          response.on("drain", write).on("error", () => {})
          write()
        }, megabyte)
        assert.isFalse(endless.whole)
        yield* Effect.promise(() => connection.promise)
      })
    )

    it.effect("undoes the encodings that each fetch undoes, and leaves others as they are", () =>
      Effect.gen(function* () {
        const text = '{"code":0}'
        for (const [encoding, body] of [
          ["gzip", gzipSync(text)],
          ["GZIP", gzipSync(text)],
          ["br", brotliCompressSync(text)],
          ["identity", text],
          ["unheard-of", text]
        ] as const) {
          assert.deepStrictEqual(yield* bodyOf(inEncoding(encoding, body)), { body: text, whole: true }, encoding)
        }
      })
    )

    it.effect("fails where a body is garbage, or small only for as long as it is encoded", () =>
      Effect.gen(function* () {
        for (const body of [gzipSync("x".repeat(1_000)), "garbage", gzipSync("x").subarray(0, 10)]) {
          const { ending, head } = yield* answered(inEncoding("gzip", body))
          assert.strictEqual(head?.status, 200)
          assert.isTrue(Exit.isFailure(ending))
        }
      })
    )

    it.effect("passes over what only announces an answer, and puts the pieces of one together", () =>
      Effect.gen(function* () {
        const { ending, head } = yield* answered((response) => {
          response.socket?.write("HTTP/1.1 103 Early Hints\r\n\r\n")
          response.writeHead(200, { "content-length": "10" }).write('{"code"')
          setImmediate(() => response.end(":0}"))
        })
        assert.strictEqual(head?.status, 200)
        const body = Exit.map(ending, ({ data, whole }) => [data.toString(), whole])
        assert.deepStrictEqual(body, Exit.succeed(['{"code":0}', true]))
      })
    )

    it.effect("B15 closes the connection of what is interrupted", () =>
      Effect.gen(function* () {
        const arrived = Promise.withResolvers<void>()
        const closed = Promise.withResolvers<void>()
        const server = yield* serve((response) => {
          response.on("close", closed.resolve)
          arrived.resolve()
        })
        const sending = yield* Effect.forkChild(told({ url: `${server.url}/a` }))
        yield* Effect.promise(() => arrived.promise)
        yield* Fiber.interrupt(sending)
        yield* Effect.promise(() => closed.promise)
      })
    )

    it.effect("leaves what is more than a plain request to the stock client", () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        yield* HttpClient.execute(
          HttpClientRequest.post(`${server.url}/a`, { urlParams: { b: "c" } }).pipe(HttpClientRequest.bodyText("text"))
        )
        yield* HttpClient.execute(HttpClientRequest.get(`${server.url}/ä`))
        assert.deepStrictEqual(
          server.arrivals.map(({ body, method, path }) => [method, path, body]),
          [
            ["POST", "/a?b=c", "text"],
            ["GET", "/%C3%A4", ""]
          ]
        )
        const error = yield* Effect.flip(HttpClient.execute(HttpClientRequest.get("nowhere")))
        assert.strictEqual(error.reason._tag, "InvalidUrlError")
      })
    )

    it.effect("fails as a request that cannot be sent where undici does not take it", () =>
      Effect.gen(function* () {
        const { ending, head } = yield* told({ url: "http://127.0.0.1:1/a", headers: { "x-a": "new\nline" } })
        assert.isUndefined(head)
        assert.isTrue(Exit.isFailure(ending))
      })
    )
  })

  it.effect("tells what a dispatcher throws", () =>
    Effect.gen(function* () {
      const cause = new Error("It is closed.")
      const closed = Object.assign(new Agent(), {
        dispatch: () => {
          throw cause
        }
      })
      const { ending } = yield* told({ url: "http://127.0.0.1:1/a" }).pipe(
        Effect.provide(
          UndiciTransport.layerNoDispatcher.pipe(Layer.provide(Layer.succeed(NodeHttpClient.Dispatcher, closed)))
        )
      )
      assert.deepStrictEqual(ending, Exit.fail(cause))
    })
  )

  it.live("keeps its connections, whatever it is told of them, and closes them with the layer", () =>
    Effect.gen(function* () {
      const sockets = new Set<unknown>()
      const closed = Promise.withResolvers<void>()
      const server = yield* serve((response, arrival) => {
        if (!sockets.has(response.socket)) response.socket?.on("close", closed.resolve)
        sockets.add(response.socket)
        success(response, arrival)
      })
      const request = HttpClientRequest.delete(`${server.url}/a`, { headers: { connection: "close" } })
      yield* Effect.provide(
        Effect.repeat(
          Effect.flatMap(HttpClient.execute(request), ({ text }) => text),
          { times: 3 }
        ),
        UndiciTransport.layer
      )
      assert.strictEqual(server.arrivals.length, 4)
      assert.strictEqual(sockets.size, 1)
      // Left alone, they would be open for some seconds more.
      yield* Effect.timeout(
        Effect.promise(() => closed.promise),
        "2 seconds"
      )
    })
  )

  it.live("B15 what is interrupted while it waits for a connection is not sent when there is one", () =>
    Effect.gen(function* () {
      let finish: () => void = () => {}
      const server = yield* serve((response, arrival) => {
        if (arrival.path === "/first") finish = () => success(response, arrival)
        else success(response, arrival)
      })
      const get = (path: string) => told({ url: server.url + path })
      yield* Effect.gen(function* () {
        const first = yield* Effect.forkChild(get("/first"), { startImmediately: true })
        const waiting = yield* Effect.forkChild(get("/interrupted"), { startImmediately: true })
        yield* Effect.sleep("20 millis").pipe(Effect.repeat({ until: () => server.arrivals.length === 1 }))
        yield* Fiber.interrupt(waiting)
        finish()
        yield* Fiber.join(first)
        yield* get("/last")
      }).pipe(Effect.provide(narrow))
      assert.deepStrictEqual(
        server.arrivals.map(({ path }) => path),
        ["/first", "/last"]
      )
    })
  )
})
