/**
 * What a ledger says, as a report.
 */
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { Ledger } from "../Ledger.ts"
import { decode, type Head } from "../LedgerEntry.ts"
import type { LedgerError } from "../LedgerError.ts"
import type * as Report from "../Report.ts"
import * as Timeline from "../Timeline.ts"
import { readingOf } from "./counting.ts"

export const ofLedger = Effect.fnUntraced(function* ({
  running = false,
  verified
}: { readonly verified?: Head | undefined; readonly running?: boolean | undefined } = {}): Effect.fn.Return<
  Report.Report<LedgerError>,
  LedgerError,
  Ledger
> {
  const ledger = yield* Ledger
  const head = yield* ledger.head
  const counts = yield* ledger.counts
  const readings = yield* ledger.readings
  const past = yield* Stream.runFold(ledger.entries, () => nothing, follow)
  return {
    generatedAt: yield* DateTime.now,
    plan: { ...ledger.plan, selectedAt: DateTime.makeUnsafe(ledger.plan.selectedAt) },
    ledger: { head: head.hash, entries: head.entries, verified: verified?.hash === head.hash },
    run: { ...past.times, ...toState(yield* ledger.run, running) },
    counts,
    ...(readings.acknowledged === counts.deleted ? undefined : { readings }),
    timeline: past.timeline,
    waits: {
      budget: Duration.millis(past.queued),
      refusals: past.refused,
      ...(past.retryAfter === 0 ? undefined : { longestRetryAfter: Duration.millis(past.retryAfter) })
    },
    exceptions: ledger.requests.pipe(Stream.filter(isException), Stream.map(toException))
  }
})

/** What the entries say of all runs together. */
interface Past {
  readonly times: { readonly startedAt?: DateTime.Utc; readonly finishedAt?: DateTime.Utc }
  readonly timeline: Timeline.Timeline
  readonly queued: number
  readonly refused: number
  readonly retryAfter: number
}

const nothing: Past = { times: {}, timeline: Timeline.empty, queued: 0, refused: 0, retryAfter: 0 }

const follow = (past: Past, stored: Ledger.Stored): Past => {
  const entry = Option.getOrUndefined(decode(stored.body))
  switch (entry?.kind) {
    case "begun": {
      const startedAt = past.times.startedAt ?? DateTime.makeUnsafe(entry.at)
      return { ...past, times: { startedAt } }
    }
    case "ended":
      return { ...past, times: { ...past.times, finishedAt: DateTime.makeUnsafe(entry.at) } }
    case "outcome": {
      const kind = entry.outcome === "not-deleted" ? "notDeleted" : entry.outcome
      return {
        ...past,
        timeline: Timeline.add(past.timeline, kind, DateTime.makeUnsafe(entry.at)),
        queued: past.queued + (entry.queuedMillis ?? 0),
        refused: past.refused + (entry.refused ?? 0),
        retryAfter: Math.max(past.retryAfter, entry.retryAfterMillis ?? 0)
      }
    }
    default:
      return past
  }
}

const toState = ({ begun, command, ended, toldBy }: Ledger.Run, running: boolean): Report.Summary["run"] => {
  const by = `by ${toldBy ?? "somebody"}`
  if (ended?.reason === "finished") return { state: "finished" }
  if (command === "cancel") return { state: "cancelled", reason: `It was cancelled ${by}.` }
  if (begun === undefined) return { state: "not begun" }
  if (ended !== undefined) return { state: "stopped", reason: ended.message ?? "It was asked to stop." }
  if (!running) return { state: "stopped", reason: "It was cut off. Run it again: it goes on where it was." }
  return command === "pause" ? { state: "paused", reason: `It was paused ${by}.` } : { state: "running" }
}

/** Not deleted, or found there all the same. */
const isException = (row: Ledger.Request) => {
  const reading = readingOf(row)
  return row.state !== "deleted" || reading === "present" || reading === "reappeared"
}

const outcomes = {
  planned: "unprocessed",
  intended: "unknown",
  deleted: "deleted",
  "not-deleted": "not-deleted",
  unknown: "unknown",
  vetoed: "vetoed"
} as const

const readings = {
  absent: "verified-absent",
  present: "still-there",
  reappeared: "reappeared",
  unclear: "not-checkable"
} as const

const toException = (row: Ledger.Request): Report.Exception => {
  const reading = readingOf(row)
  return {
    n: row.n,
    sessionId: row.session_id,
    userId: row.user_id,
    outcome: outcomes[row.state],
    ...(row.error === null ? undefined : { error: row.error }),
    ...(row.message === null ? undefined : { message: row.message }),
    attempts: row.attempts ?? 0,
    ...(row.code === null ? undefined : { code: row.code }),
    ...(row.http_status === null ? undefined : { httpStatus: row.http_status }),
    ...(row.trace_id === null ? undefined : { traceId: row.trace_id }),
    ...(row.external_trace_id === null ? undefined : { externalTraceId: row.external_trace_id }),
    ...(row.started_at === null ? undefined : { startedAt: DateTime.makeUnsafe(row.started_at) }),
    ...(row.finished_at === null ? undefined : { finishedAt: DateTime.makeUnsafe(row.finished_at) }),
    ...(reading === null ? undefined : { reading: readings[reading] })
  }
}
