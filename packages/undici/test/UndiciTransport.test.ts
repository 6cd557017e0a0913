import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { isBoundedResponse } from "@powerdrill-sessions/core"
import { UndiciTransport } from "@powerdrill-sessions/undici"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { randomBytes } from "node:crypto"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { Agent } from "undici/index.js"
import { type Answer, json, serve, success } from "../../core/test/support/Server.ts"

/** What a plain request is answered. */
const answered = Effect.fnUntraced(function* (answer: Answer, method: "DELETE" | "HEAD" = "DELETE") {
  const server = yield* serve(answer)
  return yield* HttpClient.execute(HttpClientRequest.make(method)(`${server.url}/a`))
})

const textUpTo = (response: HttpClientResponse.HttpClientResponse, bytes: number) =>
  isBoundedResponse(response) ? response.textUpTo(bytes) : Effect.die(new Error("It is not bounded."))

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
    it.effect("gives the status, the headers and the cookies of an answer, and its body more than once", () =>
      Effect.gen(function* () {
        const response = yield* answered(
          json({ code: 0 }, 200, { "X-Pd-Trace-Id": "trace-1", "set-cookie": "a=b; Path=/" })
        )
        assert.strictEqual(response.status, 200)
        assert.strictEqual(response.headers["x-pd-trace-id"], "trace-1")
        assert.strictEqual(response.cookies.cookies["a"]?.value, "b")
        assert.deepStrictEqual(yield* response.json, { code: 0 })
        assert.strictEqual(yield* response.text, '{"code":0}')
      })
    )

    it.effect("reads answers that have no body", () =>
      Effect.gen(function* () {
        const none = yield* answered((response) => response.writeHead(204).end())
        assert.strictEqual(yield* none.text, "")
        const head = yield* answered(success, "HEAD")
        assert.strictEqual(yield* head.text, "")
      })
    )

    it.effect("reads no more than it is asked for, and never more than 16 MiB", () =>
      Effect.gen(function* () {
        const long = yield* answered(json("x".repeat(megabyte)))
        const { body, whole } = yield* textUpTo(long, 1_000)
        assert.isFalse(whole)
        assert.isBelow(body.length, megabyte)
        const encoded = yield* answered(inEncoding("gzip", randomBytes(megabyte)))
        assert.strictEqual((yield* Effect.flip(textUpTo(encoded, 100))).reason._tag, "DecodeError")

        const connection = Promise.withResolvers<void>()
        const tooLong = yield* answered((response) => {
          response.on("close", connection.resolve).writeHead(200)
          const write = () => {
            while (response.write("x".repeat(megabyte)) && !response.destroyed);
          }
          response.on("drain", write).on("error", () => {})
          write()
        })
        const error = yield* Effect.flip(tooLong.text)
        assert.strictEqual(error.reason._tag, "DecodeError")
        assert.match(String(error.cause), /longer than 16777216 bytes/)
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
          const response = yield* answered(inEncoding(encoding, body))
          assert.deepStrictEqual(yield* textUpTo(response, 100), { body: text, whole: true }, encoding)
        }
      })
    )

    it.effect("fails where a body is garbage, or small only for as long as it is encoded", () =>
      Effect.gen(function* () {
        for (const body of [gzipSync("x".repeat(1_000)), "garbage", gzipSync("x").subarray(0, 10)]) {
          const response = yield* answered(inEncoding("gzip", body))
          assert.strictEqual((yield* Effect.flip(textUpTo(response, 100))).reason._tag, "DecodeError")
        }
      })
    )

    it.effect("passes over what only announces an answer, and puts the pieces of one together", () =>
      Effect.gen(function* () {
        let end: () => void = () => {}
        const response = yield* answered((response) => {
          response.socket?.write("HTTP/1.1 103 Early Hints\r\n\r\n")
          response.writeHead(200, { "content-length": "10" }).write('{"code"')
          end = () => response.end(":0}")
        })
        assert.strictEqual(response.status, 200)
        end()
        assert.deepStrictEqual(yield* textUpTo(response, 100), { body: '{"code":0}', whole: true })
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
        const sending = yield* Effect.forkChild(HttpClient.execute(HttpClientRequest.delete(`${server.url}/a`)))
        yield* Effect.promise(() => arrived.promise)
        yield* Fiber.interrupt(sending)
        yield* Effect.promise(() => closed.promise)
      })
    )

    it.effect("two readers of one body both get it", () =>
      Effect.gen(function* () {
        const response = yield* answered((response) => {
          response.writeHead(200, { "content-length": "10" }).flushHeaders()
          setImmediate(() => response.end('{"code":0}'))
        })
        const texts = yield* Effect.all([textUpTo(response, 100), response.text], { concurrency: 2 })
        assert.deepStrictEqual(texts, [{ body: '{"code":0}', whole: true }, '{"code":0}'])
      })
    )

    it.effect("a body whose reading was interrupted is not whole to those who read it afterwards", () =>
      Effect.gen(function* () {
        const response = yield* answered((response) => response.writeHead(200).write('{"code":0}'))
        const reading = yield* Effect.forkChild(textUpTo(response, 100), { startImmediately: true })
        yield* Fiber.interrupt(reading)
        assert.strictEqual((yield* Effect.flip(textUpTo(response, 100))).reason._tag, "DecodeError")
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
        const request = HttpClientRequest.get("http://127.0.0.1:1/a", { headers: { "x-a": "new\nline" } })
        assert.strictEqual((yield* Effect.flip(HttpClient.execute(request))).reason._tag, "TransportError")
      })
    )
  })

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
      const get = (path: string) => HttpClient.execute(HttpClientRequest.get(server.url + path))
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
