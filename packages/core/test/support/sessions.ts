import { FetchTransport, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { type ScriptedAnswer, ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http"

/** Nothing waits for its turn unless a test is about turns. */
const unlimited = { requestsPerSecond: Infinity }

/** The key of every test. It must appear nowhere but on the wire. */
export const canary = "canary-8f2e61c0d7"

/** Over a transport, such as the runtime's own fetch. */
export const over = (http: Layer.Layer<HttpClient.HttpClient>) => (options: Partial<PowerdrillConfig.Options>) =>
  Sessions.layer.pipe(Layer.provide([http, PowerdrillConfig.layer({ apiKey: canary, ...unlimited, ...options })]))

/** What one gets that puts something around a client. */
export const withoutTransport = (http: Layer.Layer<HttpClient.HttpClient>): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.mapRequest((request) => request)
    )
  ).pipe(Layer.provide(http))

export const overFetch = over(FetchTransport.layer)

/** Over a script. */
export const overScript = (script: Iterable<ScriptedAnswer>, options: Partial<PowerdrillConfig.Options> = {}) =>
  Sessions.layer.pipe(
    Layer.provideMerge(PowerdrillConfig.layer({ apiKey: canary, ...unlimited, ...options })),
    Layer.provideMerge(ScriptedHttpClient.layer(script))
  )

export const remove = (sessionId: string, userId = "tmm-1=") =>
  Sessions.use((sessions) => sessions.delete({ sessionId, userId }))

export const ensure = (sessionId: string, userId = "tmm-1=") =>
  Sessions.use((sessions) => sessions.ensureDeleted({ sessionId, userId }))

export const requests = ScriptedHttpClient.use((client) => client.requests)

export const requestCount = Effect.map(requests, (all) => all.length)
