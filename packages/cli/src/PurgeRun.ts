/**
 * A purge as it is watched: shown while it runs, told line by line, and brought to an orderly end by Ctrl-C.
 *
 * @since 0.1.0
 */
import { Plugin, RetryPolicy } from "@powerdrill-sessions/core"
import { type Ledger, LedgerFile, type Plan, Purge, type PurgeEvent } from "@powerdrill-sessions/purge"
import { Clock, Effect, Result, Stream } from "effect"
import * as EventLine from "./EventLine.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import { Progress, sum } from "./Progress.ts"
import * as ReadBack from "./ReadBack.ts"
import { type Call, type Signal, Stop } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  readonly plan: Plan.Plan
  readonly plugins: ReadonlyArray<Plugin>
  readonly policy: RetryPolicy.Policy
  readonly concurrency: number
  readonly maxDelete: number | undefined
  readonly stopAfterFailures: number
  readonly absentIsDeleted: boolean
  /** As in the settings, to be shown. */
  readonly requestsPerSecond: number
  readonly json: boolean
  /** Whether to look, at the end, whether all are gone. */
  readonly readBack: boolean
}

/**
 * Purges, and tells of it. Fails with the exit code of how the plan stands in the end, where that is not 0.
 *
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: Options) {
  const stop = yield* Stop
  const by = LedgerFile.thisProcess()
  let last: PurgeEvent | undefined
  const show = yield* makeShow(options)
  stop.leaving.words = () => (last === undefined || last._tag === "Ended" ? "" : leave(last.counts, stop))
  const purge = Stream.runForEach(Purge.run(options.plan, { ...options, by, halt: stop.requested }), (event) => {
    last = event
    return show.event(event)
  }).pipe(Effect.ensuring(show.end))
  const all = Effect.gen(function* () {
    const signal = stop.signal()
    if (signal !== undefined) {
      return yield* new Exit({
        code: ExitCode[signal],
        message: "Nothing was sent: interrupted before the first call."
      })
    }
    yield* purge
    // One that succeeds has told of its end.
    if (last?._tag !== "Ended") return
    const isReading = options.readBack && !stop.isRequested()
    const concluded = yield* Effect.result(conclude(last.counts, last, { path: options.plan.path, isRead: isReading }))
    const readBack = isReading ? yield* Effect.result(ReadBack.run(options)) : Result.void
    // How it ended counts more than what is seen afterwards.
    yield* Effect.fromResult(concluded)
    yield* Effect.fromResult(readBack)
  })

  yield* Effect.forkChild(announceStop)
  yield* all.pipe(
    RetryPolicy.withPolicy(options.policy),
    Effect.provide([Plugin.layer(tracker(stop), ...options.plugins), LedgerFile.layer(options.plan, by)]),
    Effect.catchTags({
      DuplicatePlugin: ({ message }) => usage(`Nothing was sent. ${message}`),
      PlanError: ({ message }) => usage(message),
      PlanRefused: ({ message }) => usage(message),
      PurgeRefused: ({ message, reason }) =>
        new Exit({ code: reason === "cancelled" ? ExitCode.declined : ExitCode.usage, message }),
      // What was under way has no outcome on record.
      LedgerError: ({ message }) => new Exit({ code: last === undefined ? ExitCode.usage : ExitCode.unknown, message })
    })
  )
})

/** What is said at a second signal, after those under way are named: they count as they did before. */
const leave = (counts: Ledger.Counts, stop: Stop["Service"]): string =>
  `${sum(counts)}. Under way, and now unknown: ${stop.calls.size}.\n` +
  "Run the same command again: it asks about those under way."

/**
 * The last lines, and the exit code. `isRead`: whether it is looked for the sessions, right after.
 *
 * @since 0.1.0
 */
export const conclude = Effect.fnUntraced(function* (
  counts: Ledger.Counts,
  ended: PurgeEvent.Ended | undefined,
  { isRead, path }: { readonly path: string; readonly isRead: boolean }
) {
  const output = yield* Output
  const stop = yield* Stop
  if (ended !== undefined) yield* output.note(`${sum(counts)}.`)
  const code = exitCodeOf(counts, ended, stop.signal())
  const [verify, report] = ["verify", "report"].map((name) => `powerdrill-sessions ${name} ${PlanFile.quoted(path)}`)
  const notFound = counts.byError["SessionNotFound"] ?? 0
  if (code !== ExitCode.allDeleted) {
    const look = `Of ${notFound} the API says that they are not there. To see that they are absent: ${verify}`
    const message = [next(counts, ended), ...(notFound > 0 && !isRead ? [look] : [])]
    return yield* new Exit({ code, message: message.filter((line) => line !== "").join("\n") })
  }
  yield* output.note(
    isRead ? `For the record: ${report}` : `To see that they are gone: ${verify}, and for the record: ${report}`
  )
})

/**
 * The exit code. Where several apply, the one that needs attention most urgently: a signal, then unauthorized or
 * forbidden, unknown, not deleted, and what somebody has said no to.
 *
 * @since 0.1.0
 */
export const exitCodeOf = (
  { byError, notDeleted, unknown, unprocessed, vetoed }: Ledger.Counts,
  ended: PurgeEvent.Ended | undefined,
  signal: Signal | undefined
): number => {
  if (signal !== undefined) return ExitCode[signal]
  if (ended?.reason === "unauthorized" || "Unauthorized" in byError || "Forbidden" in byError) {
    return ExitCode.unauthorized
  }
  if (unknown > 0) return ExitCode.unknown
  const isRefused = ended?.reason === "cancelled" || ended?.reason === "vetoed"
  if (notDeleted > 0 || (unprocessed > 0 && !isRefused)) return ExitCode.notDeleted
  return vetoed > 0 || isRefused ? ExitCode.declined : ExitCode.allDeleted
}

/** Why it ended, and what to do now. */
const next = (counts: Ledger.Counts, ended: PurgeEvent.Ended | undefined): string =>
  [
    ...(ended === undefined || ended.reason === "finished" ? [] : [`${ends[ended.reason]}${reasonOf(ended)}`]),
    ...(counts.unknown > 0
      ? [
          `Of ${counts.unknown} it is not known whether they are gone. Run the same command again: it is safe to repeat.`
        ]
      : []),
    ...(counts.unprocessed > 0 && ended?.reason !== "cancelled"
      ? ["Run the same command again to go on: nothing that is settled is sent again."]
      : [])
  ].join("\n")

const ends = {
  cancelled: "Cancelled: `resume` takes that back.",
  halted: "Stopped: every call that had begun came to its end.",
  unauthorized: "Stopped: the API refused the key.",
  failures: "Stopped: too many failures in a row.",
  vetoed: "Stopped: a plugin refused the entire run."
}

const reasonOf = ({ message }: PurgeEvent.Ended) => (message === undefined ? "" : ` ${Line.visible(message)}`)

/** Has a second signal name the calls that have begun: the ledger has their intents, and knows no more of them. */
const tracker = (stop: Stop["Service"]): Plugin =>
  Plugin.make({
    name: "track",
    around: ({ sessionId }, next) => {
      const call: Call = { sessionId, underWay: true }
      stop.calls.add(call)
      return Effect.ensuring(
        next,
        Effect.sync(() => stop.calls.delete(call))
      )
    }
  })

/** Tells whoever pressed Ctrl-C what is going on. */
const announceStop = Effect.gen(function* () {
  const output = yield* Output
  const stop = yield* Stop
  yield* stop.signalled
  yield* output.note(
    `Stopping: no further call is begun, those under way (${stop.calls.size}) come to their end. Ctrl-C again leaves at ` +
      "once: what is under way is then unknown, and the next run asks again."
  )
})

/** Shows events: on a terminal in a line that changes, elsewhere in a line every now and then. */
const makeShow = Effect.fnUntraced(function* (options: Options) {
  const output = yield* Output
  let progress: Progress | undefined
  const redraw = output.progress((columns, now) => progress?.toLine(columns, now) ?? "")
  const tick = output.isLive
    ? Effect.andThen(Effect.sleep("250 millis"), redraw)
    : Effect.andThen(
        Effect.sleep("10 seconds"),
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          progress === undefined ? Effect.void : output.note(progress.toLine(200, now))
        )
      )
  yield* Effect.forkChild(Effect.forever(tick))

  const event = Effect.fnUntraced(function* (event: PurgeEvent) {
    const now = yield* Clock.currentTimeMillis
    progress ??= new Progress(event.counts, options.requestsPerSecond, now)
    if (event._tag === "Settled") progress.settle(event.counts, now)
    else progress.pause(event._tag === "Paused")
    if (options.json) yield* output.text(JSON.stringify(EventLine.toJson(event)))
    else {
      const line = EventLine.exception(event, output.isColored)
      if (line !== undefined) yield* output.text(line)
    }
    const notice = EventLine.notice(event)
    if (notice !== undefined) yield* output.note(notice)
    yield* redraw
  })
  return { event, end: output.progress(undefined) }
})
