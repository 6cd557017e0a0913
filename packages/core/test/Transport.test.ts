import { Transport } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { type Context, Effect, Exit, Fiber, Stream } from "effect"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"

const url = "https://sessions.example/a?userId=u"

/** Says which request it has got. */
const stock = HttpClient.make((request) =>
  Effect.succeed(HttpClientResponse.fromWeb(request, new Response(`stock ${request.url}`)))
)

/** A client over a transport that is told by hand what to say. */
const scripted = (tell: (listener: Transport.Listener) => void) => {
  const seen: { requests: Array<Transport.Request>; letGo: number; contexts: Array<Context.Context<never>> } = {
    requests: [],
    letGo: 0,
    contexts: []
  }
  const transport: Transport.Transport = (request, listener, context) => {
    seen.requests.push(request)
    seen.contexts.push(context)
    tell(listener)
    return Effect.sync(() => seen.letGo++)
  }
  return { seen, transport, client: Transport.toHttpClient(transport, stock) }
}

const answering = (data: string | Uint8Array, { headers = {}, status = 200, whole = true } = {}) =>
  scripted(({ onEnd, onHead }) => {
    onHead({ status, headers })
    onEnd(Exit.succeed({ data, whole }))
  })

describe("Transport", () => {
  it("is attached to one client, and to none that is made of it", () => {
    const { client, transport } = answering("")
    assert.strictEqual(Transport.attached(client), transport)
    assert.strictEqual(Transport.attached(Transport.attach(stock, transport)), transport)
    assert.isUndefined(Transport.attached(stock))
    assert.isUndefined(Transport.attached(HttpClient.mapRequest(client, (request) => request)))
    assert.isUndefined(Transport.attached({ ...client, execute: stock.execute }))
  })

  it.effect("a client that it is attached to is what it was", () =>
    Effect.gen(function* () {
      const { seen, transport } = answering("")
      const tagged = HttpClient.mapRequest(stock, HttpClientRequest.appendUrl("/b"))
      const response = yield* Transport.attach(tagged, transport).get("https://sessions.example/a")
      assert.strictEqual(yield* response.text, "stock https://sessions.example/a/b")
      assert.deepStrictEqual(seen.requests, [])
    })
  )

  it.effect("toHttpClient sends a request as it is, and gives all that came back", () =>
    Effect.gen(function* () {
      const headers = { "x-pd-trace-id": "trace-1", "set-cookie": ["a=b; Path=/", "c=d"], gone: undefined }
      const { client, seen } = answering('{"code":0}', { headers, status: 404 })
      const response = yield* client.del(url, { headers: { "X-Pd-Api-Key": "key", connection: "close" } })
      assert.deepStrictEqual(seen.requests, [
        { method: "DELETE", url, headers: { "x-pd-api-key": "key" }, maxBytes: 16 * 1024 * 1024 }
      ])
      assert.strictEqual(seen.contexts[0], yield* Effect.context<never>())
      assert.strictEqual(response.status, 404)
      assert.strictEqual(response.headers["x-pd-trace-id"], "trace-1")
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "c"])
      assert.deepStrictEqual(yield* response.json, { code: 0 })
      assert.strictEqual(seen.letGo, 0)
    })
  )

  it.effect("toHttpClient gives bytes as they are, and answers without a body", () =>
    Effect.gen(function* () {
      const bytes = Uint8Array.of(0, 255, 128)
      const binary = yield* answering(bytes).client.get(url)
      assert.deepStrictEqual(new Uint8Array(yield* binary.arrayBuffer), bytes)
      for (const status of [204, 205, 304]) {
        const response = yield* answering("", { status }).client.get(url)
        assert.strictEqual(response.status, status)
        assert.strictEqual(yield* response.text, "")
      }
    })
  )

  it.effect("toHttpClient leaves what is more than a request without a body to the other client", () =>
    Effect.gen(function* () {
      const { client, seen } = answering("")
      for (const request of [
        HttpClientRequest.post(url).pipe(HttpClientRequest.bodyStream(Stream.empty)),
        HttpClientRequest.get(url, { urlParams: { b: "c" } }),
        HttpClientRequest.get(url, { hash: "d" }),
        HttpClientRequest.get(`${url}#`),
        HttpClientRequest.get("https://sessions.example/a/../b"),
        HttpClientRequest.get("https://sessions.example/a b"),
        HttpClientRequest.get("https://sessions.example/ä"),
        HttpClientRequest.get("https://sessions.example"),
        HttpClientRequest.get("https://user@sessions.example/"),
        HttpClientRequest.get("file:///a"),
        HttpClientRequest.get(url, { headers: { upgrade: "websocket" } }),
        HttpClientRequest.get(url, { headers: { "content-length": "0" } })
      ]) {
        assert.strictEqual(yield* Effect.flatMap(client.execute(request), ({ text }) => text), `stock ${request.url}`)
      }
      assert.deepStrictEqual(seen.requests, [])
    })
  )

  it.effect("toHttpClient fails with what the transport says: before the head, or when the body is read", () =>
    Effect.gen(function* () {
      const cause = new Error("reset")
      const refused = scripted(({ onEnd }) => onEnd(Exit.fail(cause)))
      const error = yield* Effect.flip(refused.client.get(url))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.strictEqual(error.reason.cause, cause)

      const broken = scripted(({ onEnd, onHead }) => {
        onHead({ status: 200, headers: {} })
        onEnd(Exit.fail(cause))
      })
      const response = yield* broken.client.get(url)
      assert.strictEqual((yield* Effect.flip(response.text)).reason._tag, "DecodeError")
      const tooLong = yield* answering("x", { whole: false }).client.get(url)
      const unread = yield* Effect.flip(tooLong.text)
      assert.match(String(unread.cause), /longer than 16777216 bytes/)
      const body = { data: '{"code":0}', whole: true }
      const headless = scripted(({ onEnd }) => onEnd(Exit.succeed(body)))
      assert.strictEqual((yield* Effect.flip(headless.client.get(url))).reason._tag, "TransportError")
      const redirected = scripted(({ onEnd, onHead }) => {
        onHead({ status: 200, headers: {} })
        onEnd(Exit.succeed({ ...body, redirected: true }))
      })
      const followed = yield* Effect.flip(Effect.flatMap(redirected.client.get(url), ({ text }) => text))
      assert.match(String(followed.cause), /redirect was followed/)
      // No response has such a status.
      const odd = yield* Effect.flip(answering("", { status: 999 }).client.get(url))
      assert.strictEqual(odd.reason._tag, "TransportError")
    })
  )

  it.live(
    "toHttpClient lets go of what nobody waits for: a response that does not come, and a body that is not read",
    () =>
      Effect.gen(function* () {
        const silent = scripted(() => {})
        const waiting = yield* Effect.forkChild(silent.client.get(url), { startImmediately: true })
        yield* Fiber.interrupt(waiting)
        assert.strictEqual(silent.seen.letGo, 1)

        const stalled = scripted(({ onHead }) => onHead({ status: 200, headers: {} }))
        const response = yield* stalled.client.get(url)
        assert.strictEqual(stalled.seen.letGo, 0)
        const reading = yield* Effect.forkChild(Stream.runDrain(response.stream), { startImmediately: true })
        yield* Fiber.interrupt(reading)
        assert.strictEqual(stalled.seen.letGo, 1)
      })
  )
})
