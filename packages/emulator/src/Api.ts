/**
 * The part of the Powerdrill v1 API that the emulator speaks, as an `HttpApi`. Its OpenAPI document agrees with the
 * vendor's for every operation the vendor documents; `Api` can also derive a client.
 *
 * @since 0.1.0
 */
import { Context, Schema } from "effect"
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  OpenApi
} from "effect/http-api"
import { SessionRecord } from "./Session.ts"

/**
 * The project API key that a request was authorized with.
 *
 * @since 0.1.0
 */
export class ProjectKey extends Context.Service<ProjectKey, string>()("@powerdrill-sessions/emulator/Api/ProjectKey") {}

/**
 * Admits requests with a known `x-pd-api-key`, within the rate of that key.
 *
 * @since 0.1.0
 */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: ProjectKey }>()(
  "@powerdrill-sessions/emulator/Api/Authorization",
  { security: { "apikey-header-x-pd-api-key": HttpApiSecurity.apiKey({ key: "x-pd-api-key" }) } }
) {}

/**
 * Answers requests whose parameters are missing or malformed.
 *
 * @since 0.1.0
 */
export class Validation extends HttpApiMiddleware.Service<Validation>()(
  "@powerdrill-sessions/emulator/Api/Validation"
) {}

const headers = {
  "x-pd-external-trace-id": Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(128)).annotate({
      description: "The external trace ID. The length ranges from 0 to 128 characters."
    })
  )
}

const userId = Schema.NonEmptyString.annotate({ description: "Your user ID." })

// An empty segment is no session ID: `DELETE …/sessions/` names the collection.
const params = { sessionId: Schema.NonEmptyString.annotate({ description: "The session ID." }) }

const envelope = <Data extends Schema.Top>(data: Data) =>
  HttpApiSchema.WithHeaders(
    Schema.Struct({
      code: Schema.Int.annotate({
        description: "Status code. 0 indicates that the operation is successful. Otherwise, the operation fails."
      }),
      data: Schema.optionalKey(data),
      msg: Schema.optionalKey(Schema.NullOr(Schema.String))
    }),
    { "x-pd-trace-id": Schema.String.annotate({ description: "The trace ID of Powerdrill." }) }
  )

const create = HttpApiEndpoint.post("create", "/v1/team/sessions", {
  headers,
  payload: Schema.Struct({
    userId,
    title: Schema.optionalKey(Schema.String),
    languageType: Schema.optionalKey(Schema.String),
    jobMode: Schema.optionalKey(Schema.String),
    maxMessagesInContext: Schema.optionalKey(Schema.Int),
    agentId: Schema.optionalKey(Schema.String)
  }),
  success: envelope(Schema.Struct({ id: Schema.String }))
}).annotateMerge(OpenApi.annotations({ summary: "Create session" }))

const list = HttpApiEndpoint.get("list", "/v1/team/sessions", {
  headers,
  query: {
    userId,
    pageNumber: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
    pageSize: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
    title: Schema.optionalKey(Schema.String.annotate({ description: "A part of the title." }))
  },
  success: envelope(
    Schema.Struct({
      total: Schema.Int.annotate({ description: "The number of sessions that match, on all pages." }),
      pageNumber: Schema.Int,
      pageSize: Schema.Int,
      records: Schema.Array(SessionRecord)
    })
  )
}).annotateMerge(OpenApi.annotations({ summary: "List sessions" }))

const get = HttpApiEndpoint.get("get", "/v1/team/sessions/:sessionId", {
  params,
  query: { userId },
  headers,
  success: envelope(SessionRecord)
}).annotateMerge(OpenApi.annotations({ summary: "Get session" }))

const delete_ = HttpApiEndpoint.delete("delete", "/v1/team/sessions/:sessionId", {
  params,
  query: { userId },
  headers,
  success: envelope(Schema.NullOr(Schema.Struct({})))
}).annotateMerge(
  OpenApi.annotations({
    summary: "Delete session",
    description:
      "Deletes a session. Once deleted, both the session and its job history will be permanently removed " +
      "and cannot be recovered.",
    deprecated: false,
    // The vendor declares `data` an object, and says in words that it is null; derived, it would be a union.
    override: {
      responses: {
        "200": {
          description: "",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: {
                  code: {
                    type: "integer",
                    description: [
                      "Status code. **0** indicates that the operation is successful. Otherwise, the operation fails. " +
                        "Possible error codes include: ",
                      "- 100: Bad request. ",
                      "- 201: Request frequency limit.",
                      "- 9999: Internal error. ",
                      "- 100001: Invalid operation. "
                    ].join("\n")
                  },
                  data: {
                    type: "object",
                    properties: {},
                    description: "Null is returned when the operation is successful."
                  }
                },
                required: ["code"]
              }
            }
          },
          headers: {
            "x-pd-trace-id": { required: true, description: "The trace ID of Powerdrill.", schema: { type: "string" } }
          }
        }
      }
    }
  })
)

/**
 * The four session operations, relative to a base URL that ends in `/api`.
 *
 * **Gotchas**
 *
 * The handlers also give answers whose HTTP status is a setting (see `Answers`), which the document does not list: like
 * the vendor's, it declares HTTP 200 only.
 *
 * @since 0.1.0
 */
export class Api extends HttpApi.make("powerdrill")
  .add(
    HttpApiGroup.make("session")
      .add(create, list, get, delete_)
      .middleware(Validation)
      .middleware(Authorization)
      .annotateMerge(OpenApi.annotations({ title: "Session" }))
  )
  .annotateMerge(
    OpenApi.annotations({
      title: "Team Open API",
      version: "1.0.0",
      description: "The session operations of the Powerdrill v1 API, as a local emulator serves them.",
      servers: [{ url: "/api", description: "This emulator" }]
    })
  ) {}
