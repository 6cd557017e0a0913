import { Transport } from "@powerdrill-sessions/core"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Stream } from "effect"
import { FetchHttpClient, Headers, HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import type { HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import type { Answer } from "../../src/internal/classify.ts"
import type { EncodedRequest } from "../../src/internal/encode.ts"
import { send } from "../../src/internal/send.ts"

const request: EncodedRequest = {
  method: "DELETE",
  url: "https://sessions.example/v1/team/sessions/04b6?userId=u",
  headers: { accept: "application/json" }
}

type Reason = HttpClientError.HttpClientErrorReason

/** What is made of a client that responds, or fails, by hand. */
const answer = (
  respond: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Response, Reason>
): Effect.Effect<Answer> =>
  sent(
    HttpClient.make((request) =>
      respond(request).pipe(
        Effect.map((response) => HttpClientResponse.fromWeb(request, response)),
        Effect.mapError((reason) => new HttpClientError.HttpClientError({ reason }))
      )
    )
  )

const sent = (client: HttpClient.HttpClient, what: Parameters<typeof send>[1] = request) =>
  Effect.withFiber(({ context }) => send(client, what, Duration.seconds(10), context))

const unused = HttpClient.make(() => Effect.die(new Error("It has a transport.")))

/** What is made of what a transport tells, by hand. */
const told = (tell: Transport.Transport) => sent(Transport.attach(unused, tell))

const body = (...chunks: ReadonlyArray<Uint8Array<ArrayBuffer>>) =>
  answer(() => Effect.succeed(new Response(Stream.toReadableStream(Stream.fromIterable(chunks)))))

const bytes = (length: number) => new Uint8Array(length).fill(120)

describe("send", () => {
  it.effect("hands over the status, the headers that matter and the body", () =>
    Effect.gen(function* () {
      const headers = { "x-pd-trace-id": "trace-1", "retry-after": "2" }
      assert.deepStrictEqual(yield* answer(() => Effect.succeed(new Response("{}", { status: 429, headers }))), {
        _tag: "Response",
        httpStatus: 429,
        traceId: "trace-1",
        retryAfter: Duration.seconds(2),
        body: "{}",
        whole: true
      })
      assert.deepStrictEqual(yield* answer(() => Effect.succeed(new Response("{}"))), {
        _tag: "Response",
        httpStatus: 200,
        traceId: undefined,
        retryAfter: undefined,
        body: "{}",
        whole: true
      })
    })
  )

  it.effect("an empty trace id is none, and an empty body is empty", () =>
    Effect.gen(function* () {
      const read = yield* answer(() => Effect.succeed(new Response(null, { headers: { "x-pd-trace-id": "" } })))
      assert.deepInclude({ ...read }, { _tag: "Response", traceId: undefined, body: "" })
    })
  )

  it.effect("B07 reads 64 KiB, and no body that is longer", () =>
    Effect.gen(function* () {
      const whole = yield* body(bytes(64 * 1024))
      assert.deepInclude({ ...whole }, { _tag: "Response", body: "x".repeat(64 * 1024), whole: true })
      for (const chunks of [[bytes(64 * 1024 + 1)], [bytes(64 * 1024), bytes(1)]]) {
        assert.deepInclude({ ...(yield* body(...chunks)) }, { _tag: "Response", whole: false })
      }
    })
  )

  it.effect("puts characters together that are cut by the chunks, and sees one that is cut by the end", () =>
    Effect.gen(function* () {
      const text = new TextEncoder().encode('"é💥"')
      const chunks = Array.from(text, (byte) => Uint8Array.of(byte))
      assert.deepInclude({ ...(yield* body(...chunks)) }, { body: '"é💥"' })
      assert.deepInclude({ ...(yield* body(text.slice(0, 2))) }, { body: '"\ufffd' })
    })
  )

  it.effect("B11 asks for a connection of its own wherever fetch may send twice, which Node's does not", () =>
    Effect.gen(function* () {
      const connection = Effect.fnUntraced(function* (navigator: unknown) {
        vi.stubGlobal("navigator", navigator)
        const seen: Array<string | undefined> = []
        const client = HttpClient.make((request) => {
          seen.push(request.headers["connection"])
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}")))
        })
        yield* sent(client)
        return seen
      })
      assert.deepStrictEqual(yield* connection({ userAgent: "Node.js/24" }), [undefined])
      assert.deepStrictEqual(yield* connection({ userAgent: "Bun/1.4.5" }), ["close"])
      assert.deepStrictEqual(yield* connection(undefined), ["close"])
    }).pipe(Effect.ensuring(Effect.sync(() => vi.unstubAllGlobals())))
  )

  it.effect("B12 a body that breaks off is unreadable, and keeps what was known by then", () =>
    Effect.gen(function* () {
      const broken = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error("broken off"))
      })
      const headers = { "x-pd-trace-id": "trace-1" }
      assert.deepStrictEqual(yield* answer(() => Effect.succeed(new Response(broken, { status: 502, headers }))), {
        _tag: "NoAnswer",
        reason: "unreadable",
        httpStatus: 502,
        traceId: "trace-1"
      })
    })
  )

  it.effect("B12 the time for an answer covers the reading of it", () =>
    Effect.gen(function* () {
      const headers = { "x-pd-trace-id": "trace-1" }
      const stalled = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), { headers })
      for (const [respond, known] of [
        [Effect.never, { httpStatus: undefined, traceId: undefined }],
        [Effect.succeed(stalled), { httpStatus: 200, traceId: "trace-1" }]
      ] as const) {
        const fiber = yield* Effect.forkChild(answer(() => respond))
        yield* TestClock.adjust("9999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.deepInclude({ ...(yield* Fiber.join(fiber)) }, { _tag: "NoAnswer", reason: "timeout", ...known })
      }
    })
  )

  it.effect("B07 an encoding that not every transport undoes is unreadable, whatever the body looks like", () =>
    Effect.gen(function* () {
      const encoded = (encoding: string) =>
        answer(() => Effect.succeed(new Response('{"code":0}', { headers: { "content-encoding": encoding } })))
      for (const encoding of ["aes128gcm", "compress", "gzip, br", "deflate", "zstd", "gzipped", "x"]) {
        assert.deepInclude(
          { ...(yield* encoded(encoding)) },
          { _tag: "NoAnswer", reason: "unreadable", httpStatus: 200 },
          encoding
        )
      }
      for (const encoding of ["identity", "gzip", "GZIP", "br", ""]) {
        assert.deepInclude({ ...(yield* encoded(encoding)) }, { _tag: "Response", body: '{"code":0}' }, encoding)
      }
    })
  )

  it.effect("B09 what a fetch brings back from a redirect that it followed is no answer of the API", () =>
    Effect.gen(function* () {
      const followed = new Response('{"code":0}', { headers: { "x-pd-trace-id": "trace-1" } })
      Object.defineProperty(followed, "redirected", { value: true })
      assert.deepInclude(
        { ...(yield* answer(() => Effect.succeed(followed))) },
        { _tag: "NoAnswer", reason: "redirected", httpStatus: 200, traceId: "trace-1" }
      )
    })
  )

  it.effect("B13 tells the failures of a client apart by whether anything was sent", () =>
    Effect.gen(function* () {
      const { DecodeError, EncodeError, InvalidUrlError, StatusCodeError, TransportError } = HttpClientError
      const respondWith = (request: HttpClientRequest.HttpClientRequest, status: number) =>
        HttpClientResponse.fromWeb(request, new Response("{}", { status, headers: { "x-pd-trace-id": "trace-1" } }))
      const failures: ReadonlyArray<
        readonly [fail: (request: HttpClientRequest.HttpClientRequest) => Reason, expected: object]
      > = [
        [(request) => new EncodeError({ request }), { _tag: "NotSent", detail: "EncodeError" }],
        [(request) => new InvalidUrlError({ request }), { _tag: "NotSent", detail: "InvalidUrlError" }],
        [
          (request) => new TransportError({ request, cause: { code: "ECONNREFUSED" } }),
          { _tag: "NotSent", detail: "ECONNREFUSED" }
        ],
        [(request) => new TransportError({ request }), { _tag: "NoAnswer", reason: "connection-lost" }],
        [
          (request) => new DecodeError({ request, response: respondWith(request, 503) }),
          { _tag: "NoAnswer", reason: "unreadable", httpStatus: 503, traceId: "trace-1" }
        ],
        [
          (request) => new StatusCodeError({ request, response: respondWith(request, 403) }),
          { _tag: "Response", httpStatus: 403, body: "{}" }
        ]
      ]
      for (const [fail, expected] of failures) {
        assert.deepInclude({ ...(yield* answer((request) => Effect.fail(fail(request)))) }, expected)
      }
    })
  )

  it.effect("B09 B27 the client is told not to follow redirects, not to trace, and not to show any header", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      yield* answer((request) =>
        Effect.gen(function* () {
          const names = yield* Headers.CurrentRedactedNames
          seen.push(
            Option.getOrUndefined(yield* Effect.serviceOption(FetchHttpClient.RequestInit)),
            (yield* HttpClient.TracerDisabledWhen)(request),
            names.some((name) => name instanceof RegExp && name.test("x-pd-api-key"))
          )
          return new Response("{}")
        })
      ).pipe(Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow", cache: "no-store" }))
      assert.deepStrictEqual(seen, [{ redirect: "manual", cache: "no-store" }, true, true])
    })
  )

  it.effect("by a transport, an answer of bytes or of text, with the headers that matter", () =>
    Effect.gen(function* () {
      const seen: Array<Transport.Request> = []
      let letGo = 0
      for (const data of ["{é}", new TextEncoder().encode("{é}")]) {
        const answer = yield* told((request, { onEnd, onHead }) => {
          seen.push(request)
          onHead({ status: 429, headers: { "x-pd-trace-id": ["a", "b"], "retry-after": "2" } })
          onEnd(Exit.succeed({ data, whole: true }))
          return Effect.sync(() => letGo++)
        })
        assert.deepStrictEqual(answer, {
          _tag: "Response",
          httpStatus: 429,
          traceId: "a, b",
          retryAfter: Duration.seconds(2),
          body: "{é}",
          whole: true
        })
      }
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(letGo, 0)
      const headers = { accept: "application/json", "accept-encoding": "gzip, br" }
      assert.deepStrictEqual({ ...seen[0] }, { ...request, headers, maxBytes: 64 * 1024 })
    })
  )

  it.effect("by a transport, a failure is told apart by whether there was a head", () =>
    Effect.gen(function* () {
      const fails = (cause: unknown, head?: Transport.Head) =>
        told((_, { onEnd, onHead }) => {
          if (head !== undefined) onHead(head)
          onEnd(Exit.fail(cause))
          return Effect.void
        })
      const refused = { code: "ECONNREFUSED" }
      assert.deepStrictEqual(yield* fails(refused), { _tag: "NotSent", detail: "ECONNREFUSED" })
      const reset = yield* fails({ code: "ECONNRESET" })
      assert.deepInclude({ ...reset }, { _tag: "NoAnswer", reason: "connection-lost", detail: "ECONNRESET" })
      const broken = yield* fails(refused, { status: 200, headers: { "x-pd-trace-id": "trace-1" } })
      assert.deepStrictEqual(broken, {
        _tag: "NoAnswer",
        reason: "unreadable",
        httpStatus: 200,
        traceId: "trace-1"
      })
    })
  )

  it.effect("by a transport, a body without a head is no answer", () =>
    Effect.gen(function* () {
      const answer = yield* told((_, { onEnd }) => {
        onEnd(Exit.succeed({ data: '{"code":0}', whole: true }))
        return Effect.void
      })
      assert.deepInclude({ ...answer }, { _tag: "NoAnswer", reason: "unreadable", httpStatus: undefined })
    })
  )

  it.effect("B12 a transport is let go of when the time is up, and not heard any more", () =>
    Effect.gen(function* () {
      let letGo = 0
      let late: Transport.Listener | undefined
      const fiber = yield* Effect.forkChild(
        told((_, listener) => {
          late = listener
          return Effect.sync(() => letGo++)
        }),
        { startImmediately: true }
      )
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(letGo, 1)
      late?.onHead({ status: 200, headers: {} })
      late?.onEnd(Exit.succeed({ data: '{"code":0}', whole: true }))
      assert.deepInclude(
        { ...(yield* Fiber.join(fiber)) },
        { _tag: "NoAnswer", reason: "timeout", httpStatus: undefined }
      )
    })
  )

  it.effect("B15 interrupted, it waits until what was under way has let go", () =>
    Effect.gen(function* () {
      let released = 0
      const release = Effect.andThen(
        Effect.sleep("100 millis"),
        Effect.sync(() => released++)
      )
      for (const asking of [told(() => release), answer(() => Effect.onInterrupt(Effect.never, () => release))]) {
        released = 0
        const fiber = yield* Effect.forkChild(asking, { startImmediately: true })
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
        yield* TestClock.adjust("99 millis")
        assert.isUndefined(interrupting.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(interrupting)
        assert.strictEqual(released, 1)
      }
    })
  )

  it.effect("B15 interrupted, it is let go of once", () =>
    Effect.gen(function* () {
      let letGo = 0
      const asking = told(() => Effect.sync(() => letGo++))
      yield* Fiber.interrupt(yield* Effect.forkChild(asking, { startImmediately: true }))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(letGo, 1)
    })
  )

  it.effect("what a client or a transport dies of is no answer", () =>
    Effect.gen(function* () {
      const defect = new Error("a bug")
      const dies = [
        answer(() => Effect.die(defect)),
        told((_, { onEnd }) => {
          onEnd(Exit.die(defect))
          return Effect.void
        }),
        told(() => {
          throw defect
        })
      ]
      for (const asking of dies) assert.deepStrictEqual(yield* Effect.exit(asking), Exit.die(defect))
    })
  )

  it.effect("what a transport tells that is no head kills its call, at once, and no other", () =>
    Effect.gen(function* () {
      const head: Transport.Head = JSON.parse('{ "status": 200, "headers": { "x-pd-trace-id": 5 } }')
      const answering = told((_, { onEnd, onHead }) => {
        onHead(head)
        onEnd(Exit.succeed({ data: "{}", whole: true }))
        return Effect.void
      })
      assert.isTrue(Exit.hasDies(yield* Effect.exit(answering)))
      const silent = told((_, { onHead }) => {
        onHead(head)
        return Effect.void
      })
      const asked = yield* Effect.forEach([silent, told(() => Effect.void)], (asking) =>
        Effect.forkChild(Effect.exit(asking), { startImmediately: true })
      )
      yield* TestClock.adjust("10 seconds")
      const [died, healthy] = yield* Effect.forEach(asked, Fiber.join)
      assert.isTrue(died !== undefined && Exit.hasDies(died))
      assert.isTrue(healthy !== undefined && Exit.isSuccess(healthy))
    })
  )

  it.effect("a request with a body goes by the client, as JSON", () =>
    Effect.gen(function* () {
      const seen: Array<HttpClientRequest.HttpClientRequest> = []
      const client = HttpClient.make((request) => {
        seen.push(request)
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}")))
      })
      const attached = Transport.attach(client, () => Effect.die(new Error("It has a body.")))
      const posted = { method: "POST", url: "https://approval.example/", headers: {}, body: "[]" } as const
      assert.strictEqual((yield* sent(attached, posted))._tag, "Response")
      assert.deepInclude({ ...seen[0]?.body }, { _tag: "Uint8Array", contentType: "application/json" })
    })
  )
})
