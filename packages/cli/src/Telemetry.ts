/**
 * Spans and metrics of a run, for an OpenTelemetry collector. Whatever becomes of them, the run ends as it would without.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import { metrics } from "@powerdrill-sessions/core/plugins"
import { Config, ConfigProvider, Effect, Exit, Layer, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import { FetchHttpClient, HttpClient } from "effect/http"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import { Output } from "./Output.ts"
import { version } from "./Version.ts"

/**
 * @since 0.1.0
 */
export const flags = {
  otlpEndpoint: Flag.String("otlp-endpoint").pipe(
    Flag.withDescription("Export spans and metrics to this collector. Default: OTEL_EXPORTER_OTLP_ENDPOINT"),
    Flag.withSchema(Schema.String.check(Schema.makeFilter(isHttp, { expected: "an http or https URL" }))),
    Flag.withMetavar("URL"),
    Flag.optional
  )
}

/**
 * Exports what happens in a run, where an endpoint is given by the flag or by the standard variables.
 *
 * **Details**
 *
 * OTLP over HTTP, as JSON; no logs. The variables are OpenTelemetry's: `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`, …, and those of one
 * signal, such as `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
 *
 * **Gotchas**
 *
 * A collector that does not answer delays the end of the run by two seconds.
 *
 * @since 0.1.0
 */
export const layer = (given: { readonly otlpEndpoint: Option.Option<string> }): Layer.Layer<never, never, Output> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const environment = yield* ConfigProvider.ConfigProvider
      const endpoint = Option.getOrUndefined(given.otlpEndpoint)
      if (endpoint === undefined && !(yield* hasEndpoint)) return Layer.empty

      const provider = ConfigProvider.fromEnv({ env: { ...fixed, ...(endpoint && endpointOf(endpoint)) } }).pipe(
        ConfigProvider.orElse(environment),
        ConfigProvider.orElse(ConfigProvider.fromEnv({ env: { ...defaults, OTEL_SERVICE_VERSION: version() } }))
      )
      return Layer.merge(OtlpTracer.layerFromConfig(), OtlpMetrics.layerFromConfig()).pipe(
        Layer.provide([ConfigProvider.layer(provider), OtlpSerialization.layerJson, client]),
        Layer.merge(Layer.orDie(Plugin.layer(metrics()))),
        Layer.catchCause(() => Layer.effectDiscard(say("Telemetry is off: a variable OTEL_… cannot be used.")))
      )
    })
  )

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

const hasEndpoint = Effect.map(
  Effect.forEach(["", "_TRACES", "_METRICS"], (signal) =>
    Effect.option(Config.String(`OTEL_EXPORTER_OTLP${signal}_ENDPOINT`))
  ),
  (endpoints) => endpoints.some(Option.isSome)
)

/** The flag wins over all variables. */
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
