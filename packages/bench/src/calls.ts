// What a whole delete costs: validate, send, read the trace id, decode, classify, receipt. Against a bare loop of the
// runtime's own fetch, which does none of it but send and decode, and against what else one would write.
//
// Run by bench.ts on each runtime, with the URL of the server. Prints one JSON object.
import { FetchTransport, Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { UndiciTransport } from "@powerdrill-sessions/undici"
import { Context, Effect, Layer, Tracer } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { Agent, request as undici } from "undici/index.js"
import { byOthers, check } from "./byOthers.ts"
import { compare, contender, type Contender, loop } from "./Comparison.ts"
import { budget, guard, observer } from "./inert.ts"

const [url = ""] = process.argv.slice(2)

const runtime = process.versions["bun"] !== undefined ? "Bun" : process.versions["deno"] !== undefined ? "Deno" : "Node"

/** What parts of the bare fetch's calls these are meant to make. */
const goals = {
  overFetch: { Node: 0.8, Bun: 0.65, Deno: 0.75 }[runtime],
  // On the others undici has no part of its own.
  overUndici: runtime === "Node" ? 2.2 : undefined,
  besideUndici: runtime === "Node" ? 0.87 : undefined
}

const request = { sessionId: "0b7e4c1a-6f9d-4e58-8a55-3d1c2b9f7e60", userId: "tmm-1" }
const path = `/v1/team/sessions/${request.sessionId}?userId=${request.userId}`
const headers = { accept: "application/json", "x-pd-api-key": "bench" }

const bareFetch = (extra: Record<string, string>) => async () => {
  const response = await fetch(url + path, { method: "DELETE", headers: { ...headers, ...extra } })
  check(await response.json())
}

const agent = new Agent({ allowH2: false })

/** As people write it. */
const bareUndici = async () => {
  const { body } = await undici(url + path, { method: "DELETE", headers, dispatcher: agent })
  check(await body.json())
}

/** As nobody does: what undici itself takes. */
const bareDispatch = () =>
  new Promise<void>((resolve, reject) => {
    const chunks: Array<Buffer> = []
    const options = { origin: url, path, method: "DELETE", headers }
    agent.dispatch(options, {
      onRequestStart: () => {},
      onResponseStart: () => {},
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        try {
          resolve(check(JSON.parse(Buffer.concat(chunks).toString())))
        } catch (cause) {
          reject(cause)
        }
      },
      onResponseError: (_, cause) => reject(cause)
    })
  })

const delete_ = Effect.fnUntraced(function* (
  http: Layer.Layer<HttpClient.HttpClient>,
  around: Layer.Layer<never, unknown> = Layer.empty
) {
  const config = PowerdrillConfig.layer({ apiKey: "bench", baseUrl: url, requestsPerSecond: Infinity })
  const layer = Sessions.layer.pipe(Layer.provide([http, config, around]))
  return Context.get(yield* Layer.build(Layer.fresh(layer)), Sessions).delete(request)
})

/** In a program whose spans are all sampled, and that nobody looks at. */
const traced = ({ burst, ...contender }: Contender): Contender => ({
  ...contender,
  burst: (fibers, perFiber) => Effect.provideService(burst(fibers, perFiber), Tracer.Tracer, tracer)
})

const tracer = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

const views = Effect.gen(function* () {
  const overUndici = yield* delete_(UndiciTransport.layer)
  const watched = yield* delete_(UndiciTransport.layer, Layer.merge(Plugin.layer(guard, observer), budget))
  const besideFetch = yield* compare([
    loop("bare fetch", bareFetch({})),
    loop("bare fetch, a connection each", bareFetch({ connection: "close" })),
    loop("bare undici", bareUndici),
    loop("bare undici, by `dispatch`", bareDispatch),
    contender("ours, over the stock fetch layer", yield* delete_(FetchHttpClient.layer)),
    contender("ours, over fetch", yield* delete_(FetchTransport.layer), goals.overFetch),
    contender("ours, over undici", overUndici, goals.overUndici),
    ...byOthers(url + path, headers)
  ])
  const besideUndici = yield* compare([
    loop("bare undici", bareUndici),
    loop("bare undici, by `dispatch`", bareDispatch),
    contender("ours, over undici", overUndici, goals.besideUndici)
  ])
  const besideOurs = yield* compare([
    contender("ours, over undici", overUndici),
    traced(contender("with a tracer that samples all", overUndici, 0.75)),
    contender("with a guard, an observer, a budget", watched, 0.9)
  ])
  return [
    { title: "Beside fetch", compared: besideFetch },
    { title: "Beside undici", compared: besideUndici },
    { title: "With more", compared: besideOurs }
  ]
})

console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(views))))
// It keeps its connections for some seconds.
process.exit()
