import { FetchTransport } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { told } from "./support/told.ts"

interface Arrival {
  readonly url: string
  readonly init: RequestInit | undefined
}

const url = "https://sessions.example/a?userId=u"

/** A fetch made by hand, and what it is asked. */
const fetchBy = (answer: (arrival: Arrival) => Promise<Response>, options: RequestInit = {}) => {
  const arrivals: Array<Arrival> = []
  const fetch = (input: string | URL | Request, init?: RequestInit) => {
    const arrival = { url: input instanceof Request ? input.url : input.toString(), init }
    arrivals.push(arrival)
    return answer(arrival)
  }
  const layer = FetchTransport.layer.pipe(
    Layer.provideMerge(Layer.succeed(FetchHttpClient.Fetch, fetch)),
    Layer.provideMerge(Layer.succeed(FetchHttpClient.RequestInit, options))
  )
  return { arrivals, layer }
}

const answered = (response: () => Response, maxBytes = 4) =>
  Effect.provide(told({ url, maxBytes }), fetchBy(async () => response()).layer)

const bodyOf = (response: () => Response, maxBytes?: number) =>
  Effect.flatMap(answered(response, maxBytes), ({ ending }) => ending)

const length = (bytes: number) => ({ "content-length": String(bytes) })

describe("FetchTransport", () => {
  it.effect("hands a request to fetch as it is, with its own headers before those of the options", () =>
    Effect.gen(function* () {
      const { arrivals, layer } = fetchBy(async () => new Response("{}", { status: 404, headers: { a: "b" } }), {
        redirect: "follow",
        cache: "no-store",
        headers: { "x-pd-api-key": "other", extra: "1" }
      })
      const { ending, head } = yield* told({ url, headers: { "x-pd-api-key": "key" } }).pipe(
        Effect.withSpan("caller"),
        Effect.provide(layer)
      )
      const [{ init, ...arrival } = { init: undefined, url: "" }] = arrivals
      assert.strictEqual(arrival.url, url)
      assert.deepInclude(init, { method: "DELETE", redirect: "manual", cache: "no-store" })
      const { connection: _, ...headers } = Object.fromEntries(new Headers(init?.headers))
      assert.deepStrictEqual(headers, { extra: "1", "x-pd-api-key": "key" })
      assert.strictEqual(head?.status, 404)
      assert.strictEqual(head?.headers["a"], "b")
      assert.deepStrictEqual(ending, Exit.succeed({ data: "{}", whole: true, redirected: false }))
    })
  )

  it.effect("is the stock client to all others", () =>
    Effect.gen(function* () {
      const { arrivals, layer } = fetchBy(async () => new Response())
      const request = HttpClientRequest.post("https://sessions.example/", { urlParams: { a: "b" } })
      yield* Effect.provide(HttpClient.execute(HttpClientRequest.bodyText(request, "text")), layer)
      assert.strictEqual(arrivals[0]?.url, "https://sessions.example/?a=b")
      assert.strictEqual(yield* Effect.promise(() => new Response(arrivals[0]?.init?.body).text()), "text")
    })
  )

  it.effect("takes the fetch and the options of its caller before those of its layer", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const fetch = (name: string) => (_: unknown, init?: RequestInit) => {
        seen.push(`${name} ${init?.cache}`)
        return Promise.resolve(new Response())
      }
      const call = told({ url })
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

  it.effect("tells what fetch fails with, or throws", () =>
    Effect.gen(function* () {
      const cause = new TypeError("fetch failed")
      const rejects = () => Promise.reject(cause)
      const throws = () => {
        throw cause
      }
      for (const answer of [rejects, throws]) {
        const { ending, head } = yield* Effect.provide(told({ url }), fetchBy(answer).layer)
        assert.isUndefined(head)
        assert.deepStrictEqual(ending, Exit.fail(cause))
      }
    })
  )

  it.effect("what is no response is a defect", () =>
    Effect.gen(function* () {
      const none = fetchBy(async (): Promise<Response> => JSON.parse("{}")).layer
      const { ending } = yield* Effect.provide(told({ url }), none)
      assert.isTrue(Exit.hasDies(ending))
    })
  )

  it.effect("B09 tells of a redirect that was followed all the same", () =>
    Effect.gen(function* () {
      const followed = Object.defineProperty(new Response("{}"), "redirected", { value: true })
      assert.isTrue((yield* bodyOf(() => followed)).redirected)
    })
  )

  it.effect("B07 reads up to a limit, whatever the length that is announced", () =>
    Effect.gen(function* () {
      for (const headers of [length(4), undefined, { ...length(4), "content-encoding": "identity" }, length(NaN)]) {
        const init = headers === undefined ? {} : { headers }
        assert.deepInclude(yield* bodyOf(() => new Response("four", init)), { data: "four", whole: true })
        assert.isFalse((yield* bodyOf(() => new Response("fours", init))).whole)
      }
      assert.deepInclude(yield* bodyOf(() => new Response(null)), { data: "", whole: true })
      const bytes = new TextEncoder().encode("\ufeff💥")
      const split = Stream.toReadableStream(Stream.fromIterable(Array.from(bytes, (byte) => Uint8Array.of(byte))))
      assert.deepInclude(yield* bodyOf(() => new Response(split), 7), { data: "💥", whole: true })
      const cut = Stream.toReadableStream(Stream.succeed(bytes.slice(3, 5)))
      assert.deepInclude(yield* bodyOf(() => new Response(cut)), { data: "\ufffd", whole: true })
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
        assert.isFalse((yield* bodyOf(() => new Response(long(), { headers }))).whole)
        assert.isBelow(sent, 100)
      }
    })
  )

  it.effect("a body that breaks off is a failure after the head", () =>
    Effect.gen(function* () {
      for (const headers of [length(4), {}]) {
        const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })
        const { ending, head } = yield* answered(() => new Response(broken(), { headers }))
        assert.strictEqual(head?.status, 200)
        assert.isTrue(Exit.isFailure(ending))
      }
    })
  )

  it.live("B15 let go of, it tells fetch: while there is no answer, and while the body comes", () =>
    Effect.gen(function* () {
      const stalled = () => Promise.resolve(new Response(Stream.toReadableStream(Stream.never), { headers: length(4) }))
      for (const answer of [() => new Promise<Response>(() => {}), stalled]) {
        const { arrivals, layer } = fetchBy(answer)
        const asking = yield* Effect.forkChild(Effect.provide(told({ url }), layer))
        yield* Effect.sleep("1 millis").pipe(Effect.repeat({ until: () => arrivals.length === 1 }))
        assert.isFalse(arrivals[0]?.init?.signal?.aborted)
        yield* Fiber.interrupt(asking)
        assert.isTrue(arrivals[0]?.init?.signal?.aborted)
      }
    })
  )
})
