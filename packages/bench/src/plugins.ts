// What plugins cost: the hooks of these do nothing, so what is measured is what it takes to run them.
//
// Run by bench.ts on each runtime, with the URL of the server. Prints one JSON object.
import { type DuplicatePlugin, Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Context, Effect, Layer } from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { compare, contender } from "./Comparison.ts"
import { budget, guard, observer } from "./inert.ts"

const [url = ""] = process.argv.slice(2)

const wrapper = Plugin.make({ name: "wrapper", around: (_, next) => next })
const ten = Array.from({ length: 10 }, (_, index) =>
  Plugin.make({
    name: `plugin-${index}`,
    before: () => Effect.void,
    onAttempt: () => Effect.void,
    onRetry: () => Effect.void,
    after: () => Effect.void
  })
)

/** Answers at once, without a network. */
const atOnce = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ code: 0 }))))
  )
)

const over = (http: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.fnUntraced(function* (name: string, around: Layer.Layer<never, DuplicatePlugin> = Layer.empty) {
    const config = PowerdrillConfig.layer({ apiKey: "bench", baseUrl: url, requestsPerSecond: Infinity })
    const layer = Sessions.layer.pipe(Layer.provide([http, config, around]))
    const sessions = Context.get(yield* Layer.build(Layer.fresh(layer)), Sessions)
    return contender(name, sessions.delete({ sessionId: "0b7e4c1a-6f9d-4e58-8a55-3d1c2b9f7e60", userId: "tmm-1" }))
  })

const view = Effect.fnUntraced(function* (title: string, http: Layer.Layer<HttpClient.HttpClient>) {
  const make = over(http)
  const compared = yield* compare([
    yield* make("no plugins"),
    yield* make("an empty list", Plugin.layer()),
    yield* make("an observer", Plugin.layer(observer)),
    yield* make("a guard, an observer", Plugin.layer(guard, observer)),
    yield* make("a guard, an observer, a budget", Layer.merge(Plugin.layer(guard, observer), budget)),
    yield* make("a guard, an observer, a wrapper", Plugin.layer(guard, observer, wrapper)),
    yield* make("ten plugins of four hooks each", Plugin.layer(...ten))
  ])
  return { title, compared }
})

const views = Effect.all([view("Over a socket", FetchHttpClient.layer), view("Without a network", atOnce)])

console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(views))))
