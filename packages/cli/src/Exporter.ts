/**
 * What exports spans and metrics, imported where there is somebody to export to.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import { metrics } from "@powerdrill-sessions/core/plugins"
import { ConfigProvider, Effect, Exit, Layer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import { Output } from "./Output.ts"
import { version } from "./Version.ts"

/**
 * Exports to `endpoint`, which wins over all variables, or to where those of the environment say.
 *
 * @since 0.1.0
 */
export const layer = (
  endpoint: string | undefined,
  environment: ConfigProvider.ConfigProvider
): Layer.Layer<never, never, Output> => {
  const provider = ConfigProvider.fromEnv({ env: { ...fixed, ...(endpoint && endpointOf(endpoint)) } }).pipe(
    ConfigProvider.orElse(environment),
    ConfigProvider.orElse(ConfigProvider.fromEnv({ env: { ...defaults, OTEL_SERVICE_VERSION: version() } }))
  )
  return Layer.merge(OtlpTracer.layerFromConfig(), OtlpMetrics.layerFromConfig()).pipe(
    Layer.provide([ConfigProvider.layer(provider), OtlpSerialization.layerJson, client]),
    Layer.merge(Layer.orDie(Plugin.layer(metrics()))),
    Layer.catchCause(() => Layer.effectDiscard(say("Telemetry is off: a variable OTEL_… cannot be used.")))
  )
}

const endpointOf = (endpoint: string) => {
  const to = (path: string) => {
    const url = new URL(endpoint)
    url.pathname = url.pathname.replace(/\/*$/, path)
    return url.href
  }
  return {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: to("/v1/traces"),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: to("/v1/metrics")
  }
}

/** How long the end of a run waits for the collector, in milliseconds. */
const fixed = { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "2000", OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "2000" }

const defaults = {
  OTEL_SERVICE_NAME: "powerdrill-sessions",
  OTEL_TRACES_EXPORTER: "otlp",
  OTEL_METRICS_EXPORTER: "otlp"
}

const say = (text: string) => Output.use(({ note }) => note(text))

/** Tells, at the end of the run, if the last that was sent did not arrive. */
const client = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const lost = new Set<string>()
    yield* Effect.addFinalizer(() =>
      lost.size === 0
        ? Effect.void
        : say(`Spans or metrics did not reach ${[...lost].join(", ")}; that changes nothing of the above.`)
    )
    return HttpClient.transform(yield* HttpClient.HttpClient, (response, request) =>
      Effect.onExit(response, (exit) =>
        Effect.sync(() => {
          const arrived = Exit.isSuccess(exit) && exit.value.status < 300
          lost[arrived ? "delete" : "add"](new URL(request.url).origin)
        })
      )
    )
  })
).pipe(Layer.provide(FetchHttpClient.layer))
