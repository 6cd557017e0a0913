/**
 * The truth over HTTP, on a port of its own, for programs in another process.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { FaultPlan } from "../FaultPlan.ts"
import type { Oracle } from "../Oracle.ts"
import { type Session, SessionRecord } from "../Session.ts"
import type { Faults } from "./faults.ts"

export interface Options {
  readonly oracle: Effect.Effect<Oracle>
  readonly sessions: Effect.Effect<ReadonlyArray<Session>>
  readonly faults: Faults
}

export const app = ({ faults, oracle, sessions }: Options) =>
  HttpRouter.toHttpEffect(
    Layer.mergeAll(
      HttpRouter.add(
        "GET",
        "/commits",
        Effect.map(oracle, ({ commits }) => HttpServerResponse.jsonUnsafe(commits))
      ),
      HttpRouter.add(
        "GET",
        "/requests",
        Effect.map(oracle, ({ requests }) => HttpServerResponse.jsonUnsafe(requests))
      ),
      HttpRouter.add(
        "GET",
        "/sessions",
        // Without the key a session belongs to.
        Effect.map(sessions, (sessions) =>
          HttpServerResponse.jsonUnsafe(sessions.map((session) => encodeRecord(session)))
        )
      ),
      HttpRouter.add("PUT", "/faults", putFaults(faults))
    )
  ).pipe(Effect.provide(HttpServer.layerServices))

const encodeRecord = Schema.encodeSync(SessionRecord)

const putFaults = Effect.fnUntraced(
  function* (faults: Faults) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const plan = yield* FaultPlan.fromJson(yield* request.text)
    const url = Option.getOrUndefined(HttpServerRequest.toURL(request))
    const { seed } = yield* decodeQuery({ seed: url?.searchParams.get("seed") ?? undefined })
    faults.use(plan, seed)
    return HttpServerResponse.empty()
  },
  Effect.catch((error) => Effect.succeed(HttpServerResponse.text(`${error.message}\n`, { status: 400 })))
)

const decodeQuery = Schema.decodeUnknownEffect(
  Schema.Struct({
    seed: Schema.UndefinedOr(Schema.NumberFromString.check(Schema.isInt()))
  })
)
