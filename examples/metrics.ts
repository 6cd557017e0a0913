// Figures for whoever operates this: a few sessions are deleted, and what Prometheus would read is printed. Only the
// counters, as durations differ from run to run; a program would serve it all with `PrometheusMetrics.layerHttp()`.
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { metrics } from "@powerdrill-sessions/core/plugins"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { PrometheusMetrics } from "effect/observability"

/** Deletes over real sockets, and counts. */
const counted = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, [
      FetchHttpClient.layer,
      PowerdrillConfig.layer({ apiKey, baseUrl }),
      Plugin.layer(metrics())
    ])
  })
)

const program = Effect.gen(function* () {
  const emulator = yield* Emulator
  const sessions = yield* Sessions
  const remove = (sessionId: string) => Effect.result(sessions.delete({ sessionId, userId: emulator.userId }))

  for (const { id } of [yield* emulator.create(), yield* emulator.create()]) yield* remove(id)
  yield* remove("no-such-session")

  // The server fails after it has deleted; the second attempt finds nothing.
  const { id } = yield* emulator.create()
  yield* emulator.answerNextDelete({ code: 9999, commit: true })
  yield* remove(id)

  const text = yield* PrometheusMetrics.format()
  const isCounter = (line: string) => /^(?:# \w+ )?powerdrill_sessions_(?:calls|attempts)\b/.test(line)
  yield* Console.log(text.split("\n").filter(isCounter).join("\n"))
})

await Effect.runPromise(program.pipe(Effect.provide(Layer.provideMerge(counted, Emulator.layerTest()))))
