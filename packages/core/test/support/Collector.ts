/**
 * An OpenTelemetry collector that only keeps what is exported to it: OTLP over HTTP, as JSON.
 */
import { Effect, Schema } from "effect"
import { type Answer, json, serve } from "./Server.ts"

const Attribute = Schema.Struct({
  key: Schema.String,
  value: Schema.Struct({
    stringValue: Schema.optionalKey(Schema.String),
    intValue: Schema.optionalKey(Schema.Union([Schema.Int, Schema.String])),
    boolValue: Schema.optionalKey(Schema.Boolean)
  })
})

const Resource = Schema.Struct({ attributes: Schema.Array(Attribute) })

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({
      resource: Resource,
      scopeSpans: Schema.Array(
        Schema.Struct({
          spans: Schema.Array(
            Schema.Struct({
              traceId: Schema.String,
              spanId: Schema.String,
              parentSpanId: Schema.optionalKey(Schema.String),
              name: Schema.String,
              kind: Schema.Int,
              attributes: Schema.Array(Attribute)
            })
          )
        })
      )
    })
  )
})

const Points = Schema.Struct({
  dataPoints: Schema.Array(
    Schema.Struct({
      attributes: Schema.Array(Attribute),
      asDouble: Schema.optionalKey(Schema.Finite),
      count: Schema.optionalKey(Schema.Int)
    })
  )
})

const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({
      resource: Resource,
      scopeMetrics: Schema.Array(
        Schema.Struct({
          metrics: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              unit: Schema.String,
              sum: Schema.optionalKey(Points),
              histogram: Schema.optionalKey(Points)
            })
          )
        })
      )
    })
  )
})

const decodeTraces = Schema.decodeSync(Schema.fromJsonString(Traces))
const decodeMetrics = Schema.decodeSync(Schema.fromJsonString(Metrics))

const plain = (attributes: ReadonlyArray<typeof Attribute.Type>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]))

/** Starts one; `answer` is what it says to each export. */
export const collect = (answer: Answer = json({})) =>
  Effect.map(serve(answer), ({ arrivals, url }) => {
    const at = (path: string) => arrivals.filter((arrival) => arrival.path === path)
    return {
      url,
      /** Everything that has arrived, as text. */
      text: () => JSON.stringify(arrivals),
      paths: () => new Set(arrivals.map(({ path }) => path)),
      headers: () => arrivals.map(({ headers }) => headers),
      spans: () =>
        at("/v1/traces")
          .flatMap(({ body }) => decodeTraces(body).resourceSpans)
          .flatMap(({ resource, scopeSpans }) =>
            scopeSpans.flatMap(({ spans }) =>
              spans.map((span) => ({
                ...span,
                resource: plain(resource.attributes),
                attributes: plain(span.attributes)
              }))
            )
          ),
      /** The figures of the last export, a row for each series. */
      figures: () =>
        at("/v1/metrics")
          .slice(-1)
          .flatMap(({ body }) => decodeMetrics(body).resourceMetrics)
          .flatMap(({ scopeMetrics }) => scopeMetrics)
          .flatMap(({ metrics }) => metrics)
          .flatMap(({ histogram, name, sum, unit }) =>
            (sum ?? histogram)?.dataPoints.map(({ asDouble, attributes, count }) => ({
              name,
              unit,
              value: asDouble ?? count,
              attributes: plain(attributes)
            }))
          )
    }
  })
