/**
 * A run over many ids: a few calls at a time, each reported as it ends, until all are done or something says stop.
 *
 * @since 0.1.0
 */
import {
  type DeleteRequest,
  PowerdrillConfig,
  RetryPolicy,
  Sessions,
  type SessionsError
} from "@powerdrill-sessions/core"
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import { type Call, Stop } from "./Stop.ts"
import { Tally } from "./Tally.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  readonly requests: ReadonlyArray<DeleteRequest>
  readonly policy: RetryPolicy.Policy
  /** Whether a session that is not there counts as deleted. */
  readonly ifExists: boolean
  readonly json: boolean
  /** How often an id was given: it is sent once, and reported as often. */
  readonly timesGiven: (sessionId: string) => number
  readonly concurrency: number
}

/**
 * Deletes, and reports each id in a line of its own.
 *
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: Options) {
  const output = yield* Output
  const tally = new Tally(options.requests.length)
  yield* Effect.forkChild(announceStop)
  yield* Effect.forEach(
    options.requests,
    (request) =>
      Effect.gen(function* () {
        const line = yield* end(request, options)
        tally.add(line)
        for (let time = 0; time < options.timesGiven(line.sessionId); time++) yield* output.result(line, options)
        if (tally.total > aHandful) yield* output.progress(tally)
      }),
    { concurrency: options.concurrency, discard: true }
  )
  yield* output.progress(undefined)
  return tally
})

const aHandful = 5

/** How long the calls under way may go on after a signal. */
const grace = "5 seconds"

/** How one id ends: with what the call says, or with what was known of it when it was cut off. */
const end = Effect.fnUntraced(function* ({ sessionId, ...request }: DeleteRequest, options: Options) {
  const stop = yield* Stop
  if (stop.isRequested()) return Line.skipped(sessionId)

  const sessions = yield* Sessions
  const startedAt = yield* Clock.currentTimeMillis
  const fail = (error: SessionsError) =>
    Effect.map(Clock.currentTimeMillis, (now) => Line.fromError(sessionId, error, now - startedAt))

  const current: Call = { sessionId, underWay: false }
  let refusal: SessionsError | undefined
  // No attempt follows a stop; one that ended before it is what the call ends with.
  const policy = Schedule.while(options.policy, ({ input }) => {
    refusal = input
    current.underWay = false
    return !stop.isRequested()
  })

  const call = (options.ifExists ? sessions.ensureDeleted : sessions.delete)({ sessionId, ...request }).pipe(
    Effect.tapErrorTag("Unauthorized", () => stop.request),
    Effect.matchEffect({ onSuccess: (receipt) => Effect.succeed(Line.fromReceipt(receipt)), onFailure: fail }),
    RetryPolicy.withPolicy(policy),
    Effect.provideService(CurrentCall, current)
  )
  const cutOff = Effect.gen(function* () {
    yield* stop.requested
    if (current.underWay) {
      yield* stop.signalled
      yield* Effect.sleep(grace)
      return Line.interrupted(sessionId, (yield* Clock.currentTimeMillis) - startedAt)
    }
    return refusal === undefined ? Line.skipped(sessionId) : yield* fail(refusal)
  })
  stop.calls.add(current)
  return yield* Effect.raceFirst(call, cutOff).pipe(Effect.ensuring(Effect.sync(() => stop.calls.delete(current))))
})

/** Tells whoever pressed Ctrl-C what is going on. */
const announceStop = Effect.gen(function* () {
  const output = yield* Output
  const stop = yield* Stop
  yield* stop.signalled
  const underWay = [...stop.calls].filter((call) => call.underWay).length
  if (underWay === 0) return
  yield* output.note(`Stopping: requests under way: ${underWay}. They have 5 seconds; Ctrl-C again leaves at once.`)
})

const CurrentCall = Context.Reference<Call>("@powerdrill-sessions/cli/Deletion/CurrentCall", {
  defaultValue: () => ({ sessionId: "", underWay: false })
})

/**
 * What a run deletes through, over the `HttpClient` that is provided. It notes when a request leaves.
 *
 * @since 0.1.0
 */
export const layerOver = (config: PowerdrillConfig["Service"]): Layer.Layer<Sessions, never, HttpClient.HttpClient> =>
  Sessions.layer.pipe(
    Layer.provide([
      Layer.succeed(PowerdrillConfig, config),
      Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.transformResponse((response) =>
            Effect.flatMap(CurrentCall, (call) => {
              call.underWay = true
              return response
            })
          )
        )
      )
    ])
  )

/**
 * What a run deletes through: the runtime's own fetch.
 *
 * @since 0.1.0
 */
export const layer = (config: PowerdrillConfig["Service"]): Layer.Layer<Sessions> =>
  Layer.provide(layerOver(config), FetchHttpClient.layer)
