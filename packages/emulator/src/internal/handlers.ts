/**
 * What each operation does, and the checks before it: key, then rate, then parameters.
 */
import { Clock, Duration, Effect, Layer, Redacted, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware } from "effect/http-api"
import type { RateLimiter } from "effect/persistence"
import type { Answers, ScriptedAnswer } from "../Answers.ts"
import { Api, Authorization, ProjectKey, Validation } from "../Api.ts"
import { type Session, SessionRecord } from "../Session.ts"
import { type Answer, badRequest, refusal, scripted, success } from "./answer.ts"
import { Exchange, noRoute, reply } from "./exchange.ts"
import type { Lookup, State } from "./state.ts"

export interface Options {
  readonly answers: Answers
  readonly apiKeys: ReadonlyArray<string>
  readonly rate: number
  readonly retryAfter: Duration.Input | undefined
  readonly maxPageSize: number
  readonly limiter: RateLimiter.RateLimiter
  readonly state: State
  readonly scripts: Array<ScriptedAnswer>
}

/** The API as it is mounted: its document is relative to a base URL that ends in `/api`. */
const Mounted = Api.prefix("/api")

export const layer = (options: Options) =>
  HttpApiBuilder.layer(Mounted).pipe(
    Layer.provide(sessions(options)),
    Layer.provide([authorization(options), validation(options)])
  )

const sessions = ({ answers, maxPageSize, scripts, state }: Options) =>
  HttpApiBuilder.group(Mounted, "session", (handlers) =>
    handlers.handleAll({
      create: Effect.fnUntraced(function* ({ payload }) {
        const apiKey = yield* ProjectKey
        return yield* reply(success({ id: state.create({ ...payload, apiKey }).id }))
      }),
      list: Effect.fnUntraced(function* ({ query }) {
        const apiKey = yield* ProjectKey
        const { pageNumber = 1, title = "", userId } = query
        const pageSize = Math.min(query.pageSize ?? 10, maxPageSize)
        const matches = state
          .all()
          .filter((session) => session.apiKey === apiKey && session.userId === userId && session.title.includes(title))
        const page = matches.slice((pageNumber - 1) * pageSize, pageNumber * pageSize)
        return yield* reply(success({ total: matches.length, pageNumber, pageSize, records: page.map(toRecord) }))
      }),
      get: Effect.fnUntraced(function* ({ params, query }) {
        const found = state.find(params.sessionId, { apiKey: yield* ProjectKey, userId: query.userId })
        return yield* reply(toAnswer(answers, found, toRecord))
      }),
      delete: Effect.fnUntraced(function* ({ params, query }) {
        const caller = { apiKey: yield* ProjectKey, userId: query.userId }
        const clock = yield* Clock.Clock
        const { position, traceId } = yield* Exchange
        const remove = () => {
          const by = { at: clock.currentTimeMillisUnsafe(), traceId, request: position }
          return toAnswer(answers, state.remove(params.sessionId, caller, by), () => null)
        }
        const script = scripts.shift()
        if (script === undefined) return yield* reply(remove())
        if (script.commit === true) remove()
        return yield* reply(scripted(answers, script))
      })
    })
  )

const encodeRecord = Schema.encodeSync(SessionRecord)

const toRecord = (session: Session) => encodeRecord(session)

const toAnswer = (answers: Answers, found: Lookup, data: (session: Session) => unknown): Answer => {
  switch (found._tag) {
    case "Found":
      return success(data(found.session))
    case "NotFound":
      return refusal(answers, 300003)
    case "NotYours":
      return refusal(answers, 300002)
  }
}

const authorization = ({ answers, apiKeys, limiter, rate, retryAfter }: Options) => {
  const limit = limitOf(rate)
  return Layer.succeed(Authorization, {
    "apikey-header-x-pd-api-key": (httpEffect, { credential }) =>
      Effect.gen(function* () {
        const apiKey = Redacted.value(credential)
        if (!apiKeys.includes(apiKey)) return yield* reply(refusal(answers, 1004))
        const admitted = rate === Infinity || (yield* Effect.isSuccess(limiter.consume({ ...limit, key: apiKey })))
        if (!admitted) return yield* reply({ ...refusal(answers, 201), retryAfter })
        return yield* Effect.provideService(httpEffect, ProjectKey, apiKey)
      })
  })
}

// The limiter counts whole requests, so a rate below one is one request in a longer window.
const limitOf = (rate: number) =>
  rate > 0 && rate < 1 ? { limit: 1, window: Duration.seconds(1 / rate) } : { limit: rate, window: Duration.seconds(1) }

const validation = ({ answers }: Options) =>
  HttpApiMiddleware.layerSchemaErrorTransform(
    Validation,
    Effect.fnUntraced(function* (error) {
      switch (error.kind) {
        case "Params":
          return noRoute(yield* HttpServerRequest.HttpServerRequest)
        case "Headers":
          return yield* reply(refusal(answers, 300001, detailOf(error.cause)))
        case "Query":
        case "Payload":
          return yield* reply(badRequest(answers, detailOf(error.cause)))
        default:
          return yield* Effect.fail(error)
      }
    })
  )

const detailOf = (error: Schema.SchemaError): string => error.message.replaceAll(/\s+/g, " ")
