import { FetchTransport, isBoundedResponse } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"

interface Arrival {
  readonly url: string
  readonly init: RequestInit | undefined
}

/** What a fetch made by hand is asked, and what is made of its answer. */
const over = Effect.fnUntraced(function* (
  answer: (arrival: Arrival) => Promise<Response>,
  request: HttpClientRequest.HttpClientRequest = HttpClientRequest.delete("https://sessions.example/a?userId=u", {
    headers: { "x-pd-api-key": "key" }
  }),
  options: RequestInit = {}
) {
  const arrivals: Array<Arrival> = []
  const fetch = (input: string | URL | Request, init?: RequestInit) => {
    const arrival = { url: input instanceof Request ? input.url : input.toString(), init }
    arrivals.push(arrival)
    return answer(arrival)
  }
  const response = HttpClient.execute(request).pipe(
    Effect.provide(
      FetchTransport.layer.pipe(
        Layer.provideMerge(Layer.succeed(FetchHttpClient.Fetch, fetch)),
        Layer.provideMerge(Layer.succeed(FetchHttpClient.RequestInit, options))
      )
    )
  )
  return { arrivals, exit: yield* Effect.exit(response) }
})

const textUpTo = (response: HttpClientResponse.HttpClientResponse, bytes: number) =>
  isBoundedResponse(response) ? response.textUpTo(bytes) : Effect.die(new Error("It is not bounded."))

const answered = Effect.fnUntraced(function* (response: () => Response, request?: HttpClientRequest.HttpClientRequest) {
  const { exit } = yield* over(async () => response(), request)
  return yield* exit
})

const length = (bytes: number) => ({ "content-length": String(bytes) })

describe("FetchTransport", () => {
  it.effect("hands a plain request to fetch as it is, without a header of its own", () =>
    Effect.gen(function* () {
      const { arrivals, exit } = yield* over(async () => new Response("{}", { status: 404 }), undefined, {
        redirect: "manual"
      }).pipe(Effect.withSpan("caller"))
      const [{ init, url } = { init: undefined, url: "" }] = arrivals
      assert.strictEqual(url, "https://sessions.example/a?userId=u")
      assert.deepInclude(init, { method: "DELETE", redirect: "manual" })
      assert.deepStrictEqual([...new Headers(init?.headers)], [["x-pd-api-key", "key"]])
      assert.strictEqual((yield* exit).status, 404)
    })
  )

  it.effect("leaves what is more than that to the stock client, which is bound by the same options", () =>
    Effect.gen(function* () {
      const requests = [
        HttpClientRequest.post("https://sessions.example/").pipe(HttpClientRequest.bodyText("text")),
        HttpClientRequest.get("https://sessions.example/", { urlParams: { a: "b" } }),
        HttpClientRequest.get("https://sessions.example/", { headers: { "content-length": "0" } })
      ]
      const seen = yield* Effect.forEach(requests, (request) => over(async () => new Response(), request))
      const [posted, withParameters, withLength] = seen.map(({ arrivals }) => arrivals[0])
      assert.strictEqual(yield* Effect.promise(() => new Response(posted?.init?.body).text()), "text")
      assert.strictEqual(withParameters?.url, "https://sessions.example/?a=b")
      assert.isFalse(new Headers(withLength?.init?.headers).has("content-length"))
      const { arrivals } = yield* over(async () => new Response(), undefined, { headers: { extra: "1" } })
      assert.strictEqual(new Headers(arrivals[0]?.init?.headers).get("extra"), "1")
    })
  )

  it.effect("takes the fetch and the options of its caller before those of its layer", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const fetch = (name: string) => (_: unknown, init?: RequestInit) => {
        seen.push(`${name} ${init?.cache}`)
        return Promise.resolve(new Response())
      }
      const call = HttpClient.get("https://sessions.example/")
      yield* call.pipe(
        Effect.andThen(
          call.pipe(
            Effect.provideService(FetchHttpClient.Fetch, fetch("caller")),
            Effect.provideService(FetchHttpClient.RequestInit, { cache: "reload" })
          )
        ),
        Effect.andThen(call),
        Effect.provide(
          FetchTransport.layer.pipe(
            Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch("layer"))),
            Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { cache: "no-store" }))
          )
        )
      )
      assert.deepStrictEqual(seen, ["layer no-store", "caller reload", "layer no-store"])
    })
  )

  it.effect("what fetch fails with, or throws, is a failure of the transport", () =>
    Effect.gen(function* () {
      const cause = new TypeError("fetch failed")
      const rejects = () => Promise.reject(cause)
      const throws = () => {
        throw cause
      }
      for (const answer of [rejects, throws]) {
        const error = yield* Effect.flip((yield* over(answer)).exit)
        assert.strictEqual(error.reason._tag, "TransportError")
        assert.strictEqual(error.reason.cause, cause)
      }
    })
  )

  it.effect("B07 reads up to a limit, whatever the length that is announced", () =>
    Effect.gen(function* () {
      for (const headers of [length(4), undefined, { ...length(4), "content-encoding": "identity" }, length(NaN)]) {
        const init = headers === undefined ? {} : { headers }
        const whole = yield* textUpTo(yield* answered(() => new Response("four", init)), 4)
        assert.deepStrictEqual(whole, { body: "four", whole: true })
        const cut = yield* textUpTo(yield* answered(() => new Response("fours", init)), 4)
        assert.isFalse(cut.whole)
      }
      const none = yield* textUpTo(yield* answered(() => new Response(null)), 4)
      assert.deepStrictEqual(none, { body: "", whole: true })
    })
  )

  it.effect("B07 receives no more than it reads where the length says nothing of it", () =>
    Effect.gen(function* () {
      for (const headers of [{}, { ...length(4), "content-encoding": "identity" }]) {
        let sent = 0
        const long = () =>
          new ReadableStream({
            pull: (controller) => {
              controller.enqueue(new TextEncoder().encode("x"))
              if (++sent === 10_000) controller.close()
            }
          })
        const response = yield* answered(() => new Response(long(), { headers }))
        assert.isFalse((yield* textUpTo(response, 4)).whole)
        assert.isBelow(sent, 100)
      }
    })
  )

  it.effect("a body that breaks off is a failure", () =>
    Effect.gen(function* () {
      for (const headers of [length(4), {}]) {
        const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })
        const response = yield* answered(() => new Response(broken(), { headers }))
        assert.strictEqual((yield* Effect.flip(textUpTo(response, 4))).reason._tag, "DecodeError")
      }
    })
  )

  it.live("B15 interrupted, it tells fetch: while there is no answer, and while the body comes", () =>
    Effect.gen(function* () {
      let signal: AbortSignal | null | undefined
      const silent = Effect.forkChild(
        over(({ init }) => {
          signal = init?.signal
          return new Promise(() => {})
        }),
        { startImmediately: true }
      )
      yield* Fiber.interrupt(yield* silent)
      assert.isTrue(signal?.aborted)

      const { arrivals, exit } = yield* over(
        async () => new Response(Stream.toReadableStream(Stream.never), { headers: length(4) })
      )
      const reading = yield* Effect.forkChild(textUpTo(yield* exit, 4), { startImmediately: true })
      assert.isFalse(arrivals[0]?.init?.signal?.aborted)
      yield* Fiber.interrupt(reading)
      assert.isTrue(arrivals[0]?.init?.signal?.aborted)
    })
  )
})
