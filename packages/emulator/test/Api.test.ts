import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { Api, Emulator } from "../src/index.ts"
import { send } from "./fixtures/call.ts"

describe("Api", () => {
  it.effect("is served as a document that agrees with the vendor's page", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Emulator
      const served = yield* decodeServed((yield* send(new URL("/openapi.json", baseUrl).href)).text)
      const page = readFileSync(new URL("fixtures/delete-session.md", import.meta.url), "utf8")
      const seed = yield* decodeDocument(parse(/^````yaml[^\n]*\n([^]*)^````$/m.exec(page)?.[1] ?? ""))

      const comparable = (document: typeof Document.Type) => {
        const { parameters, ...operation } = document.paths["/v1/team/sessions/{sessionId}"].delete
        const sorted = parameters.toSorted((a, b) => a.name.localeCompare(b.name))
        return { ...document.components, ...operation, parameters: sorted }
      }
      assert.strictEqual(comparable(seed).parameters.length, 3)
      assert.deepStrictEqual(comparable(served), comparable(seed))
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("can be read in a browser that is offline", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Emulator
      const { headers, status, text } = yield* send(new URL("/docs", baseUrl).href)
      assert.strictEqual(status, 200)
      assert.include(headers.get("content-type"), "text/html")
      const spec = text.split(`<script id="swagger-spec" type="application/json">`)[1]?.split("</script>")[0] ?? ""
      assert.include(JSON.stringify(JSON.parse(spec)), "/v1/team/sessions/{sessionId}")
      // The page's own markup, without the scripts and styles that are part of it.
      const markup = text.replaceAll(/(<(script|style)[^>]*>)[^]*?<\/\2>/g, "$1")
      assert.notMatch(markup, /\b(src|href)=/)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("derives a client", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { id } = yield* emulator.create()
      const client = yield* HttpApiClient.make(Api, {
        transformClient: HttpClient.mapRequest((request) =>
          HttpClientRequest.prependUrl(request, emulator.baseUrl).pipe(
            HttpClientRequest.setHeader("x-pd-api-key", emulator.apiKey)
          )
        )
      })
      const request = { params: { sessionId: id }, query: { userId: emulator.userId }, headers: {} }
      assert.strictEqual((yield* client.session.get(request)).body.data?.id, id)
      assert.deepStrictEqual((yield* client.session.delete(request)).body, { code: 0, data: null })
    }).pipe(Effect.provide([Emulator.layerTest(), FetchHttpClient.layer]))
  )
})

const Document = Schema.Struct({
  paths: Schema.Struct({
    "/v1/team/sessions/{sessionId}": Schema.Struct({
      delete: Schema.Struct({
        tags: Schema.NonEmptyArray(Schema.String),
        summary: Schema.String,
        parameters: Schema.Array(
          Schema.Struct({
            name: Schema.String,
            in: Schema.String,
            required: Schema.Boolean,
            schema: Schema.Struct({ type: Schema.String })
          })
        ),
        security: Schema.Array(Schema.Record(Schema.String, Schema.Array(Schema.String))),
        responses: Schema.Record(
          Schema.String,
          Schema.Struct({
            content: Schema.Unknown,
            headers: Schema.Record(
              Schema.String,
              Schema.Struct({ required: Schema.Boolean, schema: Schema.Struct({ type: Schema.String }) })
            )
          })
        )
      })
    })
  }),
  components: Schema.Struct({
    securitySchemes: Schema.Record(
      Schema.String,
      Schema.Struct({ type: Schema.String, in: Schema.String, name: Schema.String })
    )
  })
})

const decodeDocument = Schema.decodeUnknownEffect(Document)

const decodeServed = Schema.decodeUnknownEffect(Schema.fromJsonString(Document))
