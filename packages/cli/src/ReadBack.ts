/**
 * Reading back: whether the sessions of a plan are gone, told line by line.
 *
 * @since 0.1.0
 */
import { Ledger, Verification } from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { Exit, ExitCode } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import { fit } from "./Progress.ts"
import { Stop } from "./Stop.ts"

/**
 * Looks for every session of the ledger that is provided, and tells which are there, or may be. Fails with an exit code
 * where not all are gone.
 *
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: { readonly json: boolean; readonly concurrency: number }) {
  const output = yield* Output
  const stop = yield* Stop
  const { plan } = yield* Ledger
  const counts = { absent: 0, present: 0, reappeared: 0, unclear: 0 }
  let done = 0
  yield* Verification.run({ concurrency: options.concurrency }).pipe(
    Stream.interruptWhen(stop.requested),
    Stream.runForEach(
      Effect.fnUntraced(function* (read) {
        counts[read.reading]++
        done++
        if (options.json) yield* output.text(JSON.stringify(toJson(read)))
        else if (read.reading !== "absent") yield* output.text(toText(read))
        yield* output.progress((columns) => fit([`${done}/${plan.count} looked for`], columns))
      })
    ),
    Effect.ensuring(output.progress(undefined))
  )
  if (options.json) yield* output.text(JSON.stringify({ event: "verified", planned: plan.count, ...counts }))
  const { absent, present, reappeared, unclear } = counts
  yield* output.note(
    `${absent} verified absent + ${present} still there + ${reappeared} reappeared + ${unclear} not checkable + ` +
      `${plan.count - done} not read = ${plan.count} planned.`
  )
  const signal = stop.signal()
  if (signal !== undefined) return yield* new Exit({ code: ExitCode[signal], message: "Interrupted." })
  if (unclear > 0 || done < plan.count) {
    return yield* new Exit({ code: ExitCode.unknown, message: "Not all could be looked for. Run `verify` again." })
  }
  if (present + reappeared > 0) return yield* new Exit({ code: ExitCode.notDeleted, message: "" })
})

const toJson = ({ message, n, reading, sessionId, state, userId }: Verification.Read) => ({
  event: "read",
  n,
  userId,
  sessionId,
  state,
  reading,
  message: message ?? null
})

const words = {
  absent: "verified absent",
  present: "still there",
  reappeared: "reappeared",
  unclear: "not checkable"
}

const toText = ({ message, reading, sessionId, state }: Verification.Read): string =>
  [
    words[reading].padEnd(13),
    Line.printable(sessionId),
    `the ledger says: ${states[state]}`,
    ...(message === undefined ? [] : [message])
  ].join("  ")

const states = {
  planned: "not begun",
  intended: "unknown",
  deleted: "deleted",
  "not-deleted": "not deleted",
  unknown: "unknown",
  vetoed: "vetoed"
}
