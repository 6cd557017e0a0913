/**
 * Reports to look at and to test with.
 */
import { Report, Timeline } from "@powerdrill-sessions/purge"
import { DateTime, Duration, Stream } from "effect"

const start = DateTime.makeUnsafe("2026-07-01T10:00:00Z")
const after = (seconds: number) => DateTime.add(start, { milliseconds: Math.round(seconds * 1000) })

const noReadings = { acknowledged: 0, verifiedAbsent: 0, stillThere: 0, reappeared: 0, notCheckable: 0 }
const none: Report.Counts = {
  planned: 0,
  deleted: 0,
  notDeleted: 0,
  unknown: 0,
  vetoed: 0,
  unprocessed: 0,
  byDisposition: { deleted: 0, "absent-after-unknown": 0, "already-absent": 0 },
  byError: {}
}

/** Counts that add up: everything that is deleted was acknowledged. */
export const counts = (some: Partial<Report.Counts>): Report.Counts => {
  const all = { ...none, ...some }
  return {
    ...all,
    planned: some.planned ?? all.deleted + all.notDeleted + all.unknown + all.vetoed + all.unprocessed,
    byDisposition: some.byDisposition ?? { ...none.byDisposition, deleted: all.deleted }
  }
}

/** A finished run. */
export const summary = (some: Partial<Report.Counts>, more: Partial<Report.Summary> = {}): Report.Summary => {
  const all = counts(some)
  return {
    generatedAt: after(3600),
    plan: {
      baseUrl: "https://ai.data.cloud/api",
      selectedAt: after(-900),
      selection: "every session of tmm-1 and tmm-2 that was last used before 2026-01-01",
      count: all.planned,
      kept: 2,
      digest: "4f1b6f0c5a3b7a5d8e9f00112233445566778899aabbccddeeff001122334455"
    },
    ledger: { head: "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab", entries: 303, verified: true },
    run: { startedAt: start, finishedAt: after(471), state: "finished" },
    counts: all,
    timeline: Timeline.empty,
    waits: { budget: Duration.seconds(64), refusals: 3, longestRetryAfter: Duration.seconds(2) },
    ...more
  }
}

export const report = <E = never, R = never>(
  some: Report.Summary,
  exceptions: Stream.Stream<Report.Exception, E, R> | ReadonlyArray<Report.Exception> = []
): Report.Report<E, R> => ({
  ...some,
  exceptions: Stream.isStream(exceptions) ? exceptions : Stream.fromArray(exceptions)
})

export const exception = (n: number, some: Partial<Report.Exception> = {}): Report.Exception => ({
  n,
  sessionId: `04b6e5c0-8f3c-4be1-9a57-${String(n).padStart(12, "0")}`,
  userId: "tmm-cm4xd0r9y0013l8s7",
  outcome: "unknown",
  error: "OutcomeUnknown",
  message: "The request was sent and no answer came in time. Ask again: deleting by id is safe to repeat.",
  attempts: 5,
  traceId: "c0ffee00c0ffee00c0ffee00c0ffee00",
  startedAt: after(n),
  finishedAt: after(n + 31),
  ...some
})

/** Ids and messages that would break out of a page, or disguise themselves. */
export const hostile = [
  `</style><script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'; --><svg/onload=alert(1)>&lt;b&gt;`,
  "gpj.\u202egnp\u202c",
  "zero\u200bwidth\u00a0space",
  "\u001b[2J\u001b]0;title\u0007\r\nnext",
  "lone \ud800 surrogate",
  "]]><!-- &amp; `${1}` {{1}}",
  "x".repeat(600),
  "مرحبا بالعالم שלום"
]

/** How a run of some minutes may look, with a bit of everything. */
export const varied = (): Report.Report => {
  let timeline = Timeline.empty
  // Some five a second, with a pause of half a minute.
  for (let i = 0; i < 2347; i++) {
    timeline = Timeline.add(timeline, "deleted", after(i * 0.185 + Math.sin(i / 60) * 2 + (i > 1400 ? 34 : 0) + 2))
  }
  for (let i = 0; i < 37; i++) timeline = Timeline.add(timeline, "unknown", after(262 + i / 4))
  for (let i = 0; i < 12; i++) timeline = Timeline.add(timeline, "notDeleted", after(40 + i * 31))
  for (let i = 0; i < 4; i++) timeline = Timeline.add(timeline, "vetoed", after(120 + i))
  const ordinary = Array.from({ length: 37 }, (_, i) => exception(700 + i))
  const refused = Array.from({ length: 12 - hostile.length }, (_, i) =>
    exception(20 + i, {
      outcome: "not-deleted",
      error: "InvalidOperation",
      message: "The API called the operation invalid. Look at the session in Powerdrill.",
      attempts: 1,
      code: 100001,
      httpStatus: 200,
      externalTraceId: "purge-2026-07-01/20"
    })
  )
  const strange = hostile.map((text, i) =>
    exception(40 + i, {
      outcome: "not-deleted",
      sessionId: text,
      userId: text,
      error: "BadRequest",
      message: text,
      attempts: 1
    })
  )
  const vetoed = Array.from({ length: 4 }, (_, i) =>
    exception(100 + i, {
      outcome: "vetoed",
      error: "Vetoed",
      message: `Plugin "legal-hold" refused: it is under a legal hold. Nothing was sent.`,
      attempts: 0
    })
  )
  const back: Report.Exception = {
    n: 300,
    sessionId: "1e0f7d9c-0000-4be1-9a57-000000000300",
    userId: "tmm-cm4xd0r9y0013l8s7",
    outcome: "deleted",
    attempts: 1,
    traceId: "c0ffee00c0ffee00c0ffee00c0ffee01",
    startedAt: after(60),
    finishedAt: after(61),
    reading: "still-there"
  }
  return report(
    summary(
      {
        deleted: 2347,
        notDeleted: 12,
        unknown: 37,
        vetoed: 4,
        unprocessed: 0,
        byDisposition: { deleted: 2300, "absent-after-unknown": 35, "already-absent": 12 },
        byError: { OutcomeUnknown: 37, InvalidOperation: 2, BadRequest: 10, Vetoed: 4 }
      },
      {
        timeline,
        readings: { ...noReadings, acknowledged: 46, verifiedAbsent: 2298, stillThere: 1, notCheckable: 2 }
      }
    ),
    [...refused, ...strange, ...vetoed, back, ...ordinary]
  )
}

/** One session, deleted. */
export const tiny = (): Report.Report =>
  report(
    summary(
      { deleted: 1 },
      {
        timeline: Timeline.add(Timeline.empty, "deleted", start),
        readings: { ...noReadings, verifiedAbsent: 1 },
        waits: { refusals: 0 }
      }
    )
  )

/** Nothing has been sent, and the ledger does not fit. */
export const broken = (): Report.Report => {
  const { ledger, plan, ...others } = summary({ unprocessed: 150, planned: 151 })
  return report({
    ...others,
    ledger: { ...ledger, verified: false },
    plan: { ...plan, selection: "a selection with a very long word ".repeat(6) + "w".repeat(300) },
    run: { state: "not begun" }
  })
}
