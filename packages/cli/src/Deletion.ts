/**
 * A run over many ids: a few calls at a time, each reported as it ends, until all are done or something says stop.
 *
 * @since 0.1.0
 */
import {
  type DeleteRequest,
  Plugin,
  PowerdrillConfig,
  RetryPolicy,
  Sessions,
  type SessionsError,
  Transport
} from "@powerdrill-sessions/core"
import { Context, Duration, Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { usage } from "./ExitCode.ts"
import * as HttpTransport from "./HttpTransport.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import * as Progress from "./Progress.ts"
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
  /** Those of the run. The one that reports comes after them. */
  readonly plugins: ReadonlyArray<Plugin>
}

/**
 * Deletes, and reports each id in a line of its own. Two plugins of one name are exit code 2.
 *
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: Options) {
  const output = yield* Output
  const stop = yield* Stop
  const tally = new Tally(options.requests.length)
  const report = Effect.fnUntraced(function* (line: Line.Line) {
    tally.add(line)
    for (let time = 0; time < options.timesGiven(line.sessionId); time++) yield* output.result(line, options)
    if (tally.total > aHandful)
      yield* output.progress((columns) => Progress.fit([Progress.bar(tally.done, tally.total), `${tally}`], columns))
  })
  const plugins = Plugin.layer(...options.plugins, reporter(report, stop))

  yield* Effect.forkChild(announceStop)
  yield* Effect.forEach(
    options.requests,
    (request) => (stop.isRequested() ? report(Line.skipped(request.sessionId)) : erase(request, options, stop)),
    { concurrency: options.concurrency, discard: true }
  ).pipe(
    Effect.provide(plugins),
    Effect.catchTag("DuplicatePlugin", ({ message }) => usage(`Nothing was sent. ${message}`))
  )
  yield* output.progress(undefined)
  return tally
})

const aHandful = 5

/** How long the calls under way may go on after a signal. */
const grace = "5 seconds"

/** One id, until it ends or is cut off. What becomes of it the reporter tells. */
const erase = Effect.fnUntraced(function* (request: DeleteRequest, options: Options, stop: Stop["Service"]) {
  const sessions = yield* Sessions
  const current: Call = { sessionId: request.sessionId, underWay: false }
  const call = (options.ifExists ? sessions.ensureDeleted : sessions.delete)(request).pipe(
    RetryPolicy.withPolicy(options.policy),
    Effect.provideService(CurrentCall, current)
  )
  const cutOff = Effect.gen(function* () {
    yield* stop.requested
    if (!current.underWay) return
    yield* stop.signalled
    yield* Effect.sleep(grace)
  })
  stop.calls.add(current)
  yield* Effect.raceFirst(Effect.exit(call), cutOff).pipe(
    Effect.ensuring(Effect.sync(() => stop.calls.delete(current)))
  )
})

/** Reports how each call ends, and sees to it that none goes on after a stop. */
const reporter = (report: (line: Line.Line) => Effect.Effect<void>, stop: Stop["Service"]): Plugin => {
  const refusals = new WeakMap<Plugin.Call, SessionsError>()
  return Plugin.make({
    name: "report",
    // A slow reader of standard output gets every line.
    timeout: Duration.infinity,
    onAttempt: ({ call, error }) =>
      Effect.map(CurrentCall, (current) => {
        current.underWay = false
        if (error === undefined) refusals.delete(call)
        else refusals.set(call, error)
      }),
    // No attempt follows a stop; one that ended before it is what the call ends with.
    onRetry: () => Effect.sync(() => (stop.isRequested() ? Plugin.stop : undefined)),
    after: (outcome) =>
      Effect.andThen(
        "error" in outcome && outcome.error._tag === "Unauthorized" ? stop.request : Effect.void,
        Effect.flatMap(CurrentCall, ({ underWay }) =>
          report(Line.fromOutcome(outcome, underWay ? undefined : refusals.get(outcome.call)))
        )
      )
  })
}

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
 * What a run deletes through, over the `HttpClient` that is provided, or its transport. It notes when a request leaves.
 *
 * @since 0.1.0
 */
export const layerOver = (config: PowerdrillConfig["Service"]): Layer.Layer<Sessions, never, HttpClient.HttpClient> =>
  Sessions.layer.pipe(
    Layer.provide([
      Layer.succeed(PowerdrillConfig, config),
      Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, noting))
    ])
  )

const noting = (client: HttpClient.HttpClient): HttpClient.HttpClient => {
  const noted = HttpClient.transformResponse(client, (response) =>
    Effect.flatMap(CurrentCall, (call) => {
      call.underWay = true
      return response
    })
  )
  const transport = Transport.attached(client)
  if (transport === undefined) return noted
  return Transport.attach(noted, (request, listener, context) => {
    Context.get(context, CurrentCall).underWay = true
    return transport(request, listener, context)
  })
}

/**
 * What a run deletes through: see {@link HttpTransport}.
 *
 * @since 0.1.0
 */
export const layer = (config: PowerdrillConfig["Service"]): Layer.Layer<Sessions> =>
  Layer.provide(layerOver(config), HttpTransport.layer)
