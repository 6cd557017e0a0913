/**
 * Over real sockets: what leaves, and what is made of what comes back. It is the same over each transport.
 */
import { type InvalidConfig, type PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { assert, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, type Layer, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import * as Https from "node:https"
import { inspect } from "node:util"
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { json, reset, serve, success, type Answer } from "./Server.ts"
import { canary, ensure, remove } from "./sessions.ts"

const decodedSegments = (path: string) => {
  const url = new URL(path, "http://127.0.0.1")
  return {
    segments: url.pathname.split("/").slice(1).map(decodeURIComponent),
    query: [...url.searchParams],
    hash: url.hash
  }
}

/** A server whose certificate nobody trusts. */
const serveTls = (onRequest: () => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(
        () =>
          new Promise<Https.Server>((resolve) => {
            const pem = readFileSync(new URL("../fixtures/self-signed.pem", import.meta.url))
            const server = Https.createServer({ key: pem, cert: pem }, (_, response) => {
              onRequest()
              response.end()
            })
            server.listen(0, "127.0.0.1", () => resolve(server))
          })
      ),
      (server) =>
        Effect.promise(
          () =>
            new Promise((closed) => {
              server.close(closed)
              server.closeAllConnections()
            })
        )
    ),
    (server) => {
      const address = server.address()
      return `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    }
  )

/** What holds whatever the requests travel over. */
export const wire = (over: (options: Partial<PowerdrillConfig.Options>) => Layer.Layer<Sessions, InvalidConfig>) => {
  /** One delete without retries against a server that answers by hand: how it ended, and what arrived. */
  const exchange = Effect.fnUntraced(function* (
    answer: Answer,
    options: { readonly attemptTimeout?: Duration.Input } = {}
  ) {
    const server = yield* serve(answer)
    const result = yield* remove("04b6").pipe(
      RetryPolicy.withPolicy(RetryPolicy.none),
      Effect.result,
      Effect.provide(
        over({ baseUrl: `${server.url}/app/api/`, attemptTimeout: options.attemptTimeout ?? "10 seconds" })
      )
    )
    return {
      server,
      ending:
        result._tag === "Success" ? result.success.disposition : `${result.failure._tag} ${result.failure.outcome}`,
      result
    }
  })

  it.live("sends the documented request, byte for byte", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const layer = over({ baseUrl: `${server.url}/app/api/` })
      yield* Sessions.use((sessions) =>
        sessions.delete({ sessionId: "04b6", userId: "tmm-1=", externalTraceId: "mine 1" })
      ).pipe(Effect.withSpan("caller"), Effect.provide(layer))
      const [{ body, headers, method, path }] = server.onlyArrival()
      assert.deepStrictEqual([method, path, body], ["DELETE", "/app/api/v1/team/sessions/04b6?userId=tmm-1%3D", ""])
      assert.strictEqual(headers["x-pd-api-key"], canary)
      assert.strictEqual(headers["x-pd-external-trace-id"], "mine 1")
      assert.strictEqual(headers["accept"], "application/json")
      for (const name of ["traceparent", "b3", "authorization", "cookie", "content-type", "transfer-encoding"]) {
        assert.isUndefined(headers[name], name)
      }
    })
  )

  it.effect.prop(
    "B02 every checked id arrives unchanged, in a path of exactly four segments and with exactly one parameter",
    [Schema.String.check(Schema.isMinLength(1)), Schema.String.check(Schema.isMinLength(1))],
    ([sessionId, userId]) =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const result = yield* Effect.result(remove(sessionId, userId)).pipe(
          Effect.provide(over({ baseUrl: `${server.url}/api` }))
        )
        if (result._tag === "Failure") {
          assert.strictEqual(result.failure._tag, "InvalidRequest")
          assert.strictEqual(server.arrivals.length, 0)
        } else {
          assert.deepStrictEqual(decodedSegments(server.arrivals[0]?.path ?? ""), {
            segments: ["api", "v1", "team", "sessions", sessionId],
            query: [["userId", userId]],
            hash: ""
          })
        }
      }).pipe(Effect.scoped)
  )

  it.live("B02 the ids that other clients get wrong arrive unchanged", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const ids = [
        "a/../b",
        "../datasets/x",
        "a#b",
        "a?userId=x",
        "%2F",
        "%252e%252e",
        "a\\b",
        "a;b",
        "a'b",
        "💥",
        "..."
      ]
      ids.push("x".repeat(10_000))
      yield* Effect.forEach(ids, (id) => remove(id, id)).pipe(Effect.provide(over({ baseUrl: `${server.url}/api` })))
      assert.deepStrictEqual(
        server.arrivals.map(({ path }) => decodedSegments(path)),
        ids.map((id) => ({ segments: ["api", "v1", "team", "sessions", id], query: [["userId", id]], hash: "" }))
      )
    })
  )

  const bodies: ReadonlyArray<readonly [what: string, answer: Answer]> = [
    ["an empty body", json("")],
    ["HTTP 204", (response) => response.writeHead(204).end()],
    ["HTML", json("<html>code: 0</html>")],
    ["truncated JSON", json('{"code":0,"da')],
    ["a body of more than 64 KiB", json(`{"code":0,"data":"${"x".repeat(70_000)}"}`)],
    [
      "a body without end",
      (response) => {
        response.writeHead(200)
        const write = () => {
          while (response.write("x".repeat(16_384)) && !response.destroyed);
        }
        response.on("drain", write).on("error", () => {})
        write()
      }
    ],
    [
      "garbage for gzip",
      (response) => {
        response.writeHead(200, { "content-encoding": "gzip" })
        response.end('{"code":0}')
      }
    ],
    [
      "half a body, then a reset",
      (response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write('{"code":0}')
        response.socket?.destroySoon()
      }
    ],
    [
      "headers, then a reset",
      (response) => {
        response.writeHead(200, { "content-length": "10" })
        response.flushHeaders()
        response.socket?.destroySoon()
      }
    ],
    ["a code that is a string", json('{"code":"0"}')],
    ["HTTP 502 without an envelope", json("bad gateway", 502)],
    [
      "a protocol that nobody asked for",
      (response) =>
        response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")
    ],
    ["something that is not HTTP", (response) => response.socket?.end("SSH-2.0-x\r\n")],
    ["a reset", reset]
  ]
  for (const [what, answer] of bodies) {
    it.live(`B07 B12 ${what} is unknown, never success`, () =>
      Effect.map(exchange(answer), ({ ending }) => assert.strictEqual(ending, "OutcomeUnknown unknown"))
    )
  }

  it.live("B12 silence, and a body that stalls, are unknown after the attempt's timeout", () =>
    Effect.gen(function* () {
      const stall: Answer = (response) => {
        response.writeHead(200, { "x-pd-trace-id": "trace-1" })
        response.write('{"code":0,')
      }
      for (const answer of [() => {}, stall]) {
        const { ending, result } = yield* exchange(answer, { attemptTimeout: "150 millis" })
        assert.strictEqual(ending, "OutcomeUnknown unknown")
        assert.strictEqual(result._tag === "Failure" && "reason" in result.failure && result.failure.reason, "timeout")
      }
    })
  )

  it.live("B08 a foreign 404 is an unexpected response, and never absent", () =>
    Effect.gen(function* () {
      const server = yield* serve(json("Not Found", 404))
      const error = yield* Effect.flip(ensure("04b6")).pipe(Effect.provide(over({ baseUrl: `${server.url}/wrong` })))
      assert.strictEqual(error._tag, "UnexpectedResponse")
      assert.match(error.message, /base URL is probably wrong/)
    })
  )

  for (const status of [301, 302, 303, 307, 308]) {
    it.live(`B09 a redirect with ${status} to another origin is not followed, and the key stays`, () =>
      Effect.gen(function* () {
        const target = yield* serve(success)
        const { ending, server } = yield* exchange((response) =>
          response.writeHead(status, { location: `${target.url}/api/v1/team/sessions/04b6?userId=u` }).end()
        )
        assert.strictEqual(ending, "OutcomeUnknown unknown")
        assert.strictEqual(server.arrivals.length, 1)
        assert.strictEqual(target.arrivals.length, 0)
      })
    )
  }

  it.live("B09 an envelope decides under a redirect status too, and no Location is followed", () =>
    Effect.map(exchange(json({ code: 300002 }, 307, { location: "/elsewhere" })), ({ ending, server }) => {
      assert.strictEqual(ending, "Forbidden not-deleted")
      assert.strictEqual(server.arrivals.length, 1)
    })
  )

  const encoded =
    (encoding: string, body: string | Uint8Array): Answer =>
    (response) =>
      response.writeHead(400, { "content-encoding": encoding }).end(body)

  it.live("B07 asks for the encodings that every transport undoes, and reads them", () =>
    Effect.gen(function* () {
      for (const [encoding, encode] of Object.entries({ gzip: gzipSync, br: brotliCompressSync })) {
        const { ending, server } = yield* exchange(encoded(encoding, encode('{"code":100001}')))
        assert.strictEqual(ending, "InvalidOperation not-deleted")
        assert.strictEqual(server.onlyArrival()[0].headers["accept-encoding"], "gzip, br")
        // Long only when it is decoded, and long as it is sent.
        const data = randomBytes(96 * 1024).toString("base64")
        for (const long of ['{"code":100001}'.padEnd(64 * 1024 + 1), `{"code":100001,"data":"${data}"}`]) {
          assert.strictEqual((yield* exchange(encoded(encoding, encode(long)))).ending, "OutcomeUnknown unknown")
        }
      }
    })
  )

  const foreign = {
    foo: '{"code":100001}',
    aes128gcm: '{"code":100001}',
    "gzip, foo": '{"code":100001}',
    // Not every runtime's fetch undoes these: as it is, a body has no envelope to be seen.
    deflate: deflateSync('{"code":9999}'),
    zstd: zstdCompressSync('{"code":9999}'),
    "gzip, br": brotliCompressSync(gzipSync('{"code":9999}'))
  }
  for (const [encoding, body] of Object.entries(foreign)) {
    it.live(`B07 a body in the encoding ${encoding}, which not every transport undoes, is unknown`, () =>
      Effect.map(exchange(encoded(encoding, body)), ({ ending }) =>
        assert.strictEqual(ending, "OutcomeUnknown unknown")
      )
    )
  }

  it.live("B07 64 KiB are read, and not a byte more", () =>
    Effect.gen(function* () {
      const padded = (bytes: number) => '{"code":0}'.padEnd(bytes)
      assert.strictEqual((yield* exchange(json(padded(64 * 1024)))).ending, "deleted")
      assert.strictEqual((yield* exchange(json(padded(64 * 1024 + 1)))).ending, "OutcomeUnknown unknown")
    })
  )

  it.live("B10 keeps the trace id of an answer whose body broke off or never came", () =>
    Effect.gen(function* () {
      const traced = { "x-pd-trace-id": "trace-8", "content-length": "100" }
      for (const [answer, reason] of [
        [(response) => response.writeHead(200, traced).write("{"), "timeout"],
        [
          (response) => {
            response.writeHead(200, traced).write("{")
            setImmediate(() => response.socket?.destroy())
          },
          "unreadable"
        ]
      ] satisfies ReadonlyArray<readonly [Answer, string]>) {
        const { result } = yield* exchange(answer, { attemptTimeout: "300 millis" })
        const error = result._tag === "Failure" ? result.failure : undefined
        assert.deepInclude({ ...error }, { _tag: "OutcomeUnknown", reason, traceId: "trace-8", httpStatus: 200 })
      }
    })
  )

  it.live("B10 reads the trace id of a success and of a failure", () =>
    Effect.gen(function* () {
      const traced = { "x-pd-trace-id": "trace-7" }
      for (const [body, status] of [
        [{ code: 0 }, 200],
        [{ code: 100 }, 200],
        ["down", 503]
      ] as const) {
        const { result } = yield* exchange(json(body, status, traced))
        const known = result._tag === "Success" ? result.success : result.failure
        assert.strictEqual("traceId" in known && known.traceId, "trace-7")
      }
    })
  )

  it.live("B11 a delete that was committed and then reset ends as absent-after-unknown", () =>
    Effect.gen(function* () {
      const server = yield* serve(reset, json({ code: 300003, msg: "session not found" }))
      const receipt = yield* remove("04b6").pipe(Effect.provide(over({ baseUrl: server.url })))
      assert.strictEqual(receipt.disposition, "absent-after-unknown")
      assert.strictEqual(receipt.attempts, 2)
    })
  )

  it.live("B11 nothing is sent twice behind the library's back when a connection that was kept open is reset", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, reset, json({ code: 300003, msg: "session not found" }))
      const error = yield* remove("first").pipe(
        Effect.andThen(Effect.flip(remove("second"))),
        RetryPolicy.withPolicy(RetryPolicy.none),
        Effect.provide(over({ baseUrl: server.url }))
      )
      assert.strictEqual(`${error._tag} ${error.outcome}`, "OutcomeUnknown unknown")
      assert.strictEqual(server.arrivals.length, 2)
    })
  )

  it.live("B13 a refused connection and an unknown host are unreachable, with nothing sent", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(serve(success))
      for (const baseUrl of [closed.url, "https://host.invalid"]) {
        const error = yield* Effect.flip(remove("04b6")).pipe(
          RetryPolicy.withPolicy(RetryPolicy.none),
          Effect.provide(over({ baseUrl }))
        )
        assert.strictEqual(error._tag, "Unreachable", error.message)
        assert.strictEqual(error.outcome, "not-deleted")
      }
    })
  )

  it.live("B13 a certificate that is not trusted is unreachable, with nothing sent", () =>
    Effect.gen(function* () {
      let arrived = 0
      const url = yield* serveTls(() => arrived++)
      const error = yield* Effect.flip(remove("04b6")).pipe(
        RetryPolicy.withPolicy(RetryPolicy.none),
        Effect.provide(over({ baseUrl: url }))
      )
      assert.strictEqual(`${error._tag} ${error.outcome}`, "Unreachable not-deleted")
      assert.strictEqual(arrived, 0)
    })
  )

  it.live("B13 a server that does not speak TLS is never more than unknown", () =>
    Effect.gen(function* () {
      const plain = yield* serve(success)
      const error = yield* Effect.flip(remove("04b6")).pipe(
        RetryPolicy.withPolicy(RetryPolicy.none),
        Effect.provide(over({ baseUrl: plain.url.replace("http:", "https:") }))
      )
      assert.include(["Unreachable not-deleted", "OutcomeUnknown unknown"], `${error._tag} ${error.outcome}`)
      assert.strictEqual(plain.arrivals.length, 0)
    })
  )

  const beginnings: ReadonlyArray<readonly [where: string, begin: Answer]> = [
    ["while sending", () => {}],
    ["while reading", (response) => void response.writeHead(200).write("{")]
  ]
  for (const [where, begin] of beginnings)
    it.live(`B15 interruption ${where} closes the connection, and nothing is sent later`, () =>
      Effect.gen(function* () {
        let closed: () => void = () => {}
        const connectionClosed = new Promise<void>((resolve) => (closed = resolve))
        let arrived: () => void = () => {}
        const requestArrived = new Promise<void>((resolve) => (arrived = resolve))
        const server = yield* serve((response, arrival) => {
          response.on("close", closed)
          begin(response, arrival)
          arrived()
        })
        const fiber = yield* remove("04b6").pipe(Effect.provide(over({ baseUrl: server.url })), Effect.forkChild)
        yield* Effect.promise(() => requestArrived)
        yield* Fiber.interrupt(fiber)
        yield* Effect.promise(() => connectionClosed)
        assert.strictEqual(server.arrivals.length, 1)
      })
    )

  it.live("B27 a server that echoes the key does not get it into the error", () =>
    Effect.gen(function* () {
      const { result } = yield* exchange(
        json({ code: 1004, msg: `bad key ${canary}` }, 403, { "x-pd-trace-id": canary })
      )
      const error = result._tag === "Failure" ? result.failure : undefined
      for (const text of [
        String(error),
        error?.stack ?? "",
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error)
      ]) {
        assert.notInclude(text, canary)
        assert.include(text, error === undefined ? "" : "Unauthorized")
      }
    })
  )
}
