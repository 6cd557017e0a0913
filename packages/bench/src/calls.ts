// What a whole delete costs: validate, send, read the trace id, decode, classify, receipt. Against a bare loop of the
// runtime's own fetch, which does none of it but send and decode.
//
// Run by bench.ts on each runtime, with the URL of the server. Prints one JSON object.
import { FetchTransport, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Context, Effect, Layer } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { compare, contender, loop } from "./Comparison.ts"

const [url = ""] = process.argv.slice(2)

const request = { sessionId: "0b7e4c1a-6f9d-4e58-8a55-3d1c2b9f7e60", userId: "tmm-1" }
const target = `${url}/v1/team/sessions/${request.sessionId}?userId=${request.userId}`
const headers = { accept: "application/json", "x-pd-api-key": "bench" }

const bare = (extra: Record<string, string>) => async () => {
  const response = await fetch(target, { method: "DELETE", headers: { ...headers, ...extra } })
  const answer: unknown = await response.json()
  if (typeof answer !== "object" || answer === null || !("code" in answer) || answer.code !== 0)
    throw new Error("It is not deleted.")
}

const ours = Effect.fnUntraced(function* (name: string, http: Layer.Layer<HttpClient.HttpClient>) {
  const config = PowerdrillConfig.layer({ apiKey: "bench", baseUrl: url, requestsPerSecond: Infinity })
  const layer = Sessions.layer.pipe(Layer.provide([http, config]))
  const sessions = Context.get(yield* Layer.build(Layer.fresh(layer)), Sessions)
  return contender(name, sessions.delete(request))
})

const views = Effect.gen(function* () {
  const compared = yield* compare([
    loop("bare fetch", bare({})),
    loop("bare fetch, a connection each", bare({ connection: "close" })),
    yield* ours("ours, over the stock fetch layer", FetchHttpClient.layer),
    yield* ours("ours, over fetch", FetchTransport.layer)
  ])
  return [{ title: "Over a socket", compared }]
})

console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(views))))
