/**
 * Spans and metrics of a run, for an OpenTelemetry collector. Whatever becomes of them, the run ends as it would without.
 *
 * @since 0.1.0
 */
import { Config, ConfigProvider, Effect, Layer, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import type { Output } from "./Output.ts"

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

      const { layer } = yield* Effect.promise(() => import("./Exporter.ts"))
      return layer(endpoint, environment)
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
