/**
 * A report's sentences, names and numbers, the same for all of its outputs. Nothing here is escaped.
 */
import { DateTime, Duration } from "effect"
import type { Counts, Exception, Reading, Summary } from "../ReportSchema.ts"

/** In the order in which they are shown; the counts add up to `planned`. */
export const outcomes = [
  { key: "deleted", name: "deleted", meaning: "Known to be gone." },
  {
    key: "notDeleted",
    name: "not deleted",
    meaning: "Certainly not deleted by this run: refused, not found, or never sent."
  },
  { key: "unknown", name: "unknown", meaning: "Sent, and no trustworthy answer came. Ask again: it is safe." },
  { key: "vetoed", name: "vetoed", meaning: "A guard refused; nothing was sent." },
  { key: "unprocessed", name: "unprocessed", meaning: "No request is on record." }
] as const

export type OutcomeKey = (typeof outcomes)[number]["key"]

export const outcomeKey = (outcome: Exception["outcome"]): OutcomeKey =>
  outcome === "not-deleted" ? "notDeleted" : outcome

export const dispositions = [
  { key: "deleted", meaning: "The API acknowledged the delete." },
  { key: "absent-after-unknown", meaning: "An answer was lost, and asked again the API found nothing." },
  { key: "already-absent", meaning: "It was not there when it was first asked for." }
] as const

export const readings = [
  { key: "verifiedAbsent", name: "verified absent", meaning: "Read afterwards, and not there." },
  { key: "acknowledged", name: "acknowledged", meaning: "Not read: the API’s word only." },
  { key: "stillThere", name: "still there", meaning: "Read afterwards, and there." },
  { key: "reappeared", name: "reappeared", meaning: "Not there, and later there again." },
  { key: "notCheckable", name: "not checkable", meaning: "Could not be read." }
] as const

const readingName = (reading: Reading): string => reading.replace("-", " ")

export const verdict = (summary: Summary): readonly [string, ...ReadonlyArray<string>] => {
  const { counts, run } = summary
  return [
    headline(summary),
    ...some(counts.notDeleted, (n) => `${n} not deleted.`),
    ...some(counts.unknown, (n) => `${n} unknown: ask again, it is safe.`),
    ...some(counts.vetoed, (n) => `${n} vetoed: nothing was sent.`),
    ...unprocessed(summary),
    ...some(counts.byDisposition["already-absent"], (n) => `${n} among the deleted, but had been absent before.`),
    ...afterwards(summary),
    ...states[run.state](run.reason)
  ]
}

const headline = ({ counts, readings, run }: Summary): string => {
  const { deleted, planned, unknown, unprocessed } = counts
  if (planned === 0) return "The plan names no session."
  if (run.state === "not begun" && unprocessed === planned) {
    return `Nothing has been sent yet for the ${sessions(planned)} of the plan.`
  }
  const of = `${number(deleted)} of ${sessions(planned)}`
  const there = found(readings)
  if (there > 0) {
    const read = there === 1 ? "was there when it was" : "were there when they were"
    return `${of} ${are(deleted)} on record as deleted, but ${number(there)} of these ${read} read afterwards.`
  }
  if (deleted === 0) {
    const known = unknown === 0 && addsUp(counts) ? "" : "known to be "
    return planned === 1
      ? `The one session is not ${known}deleted.`
      : `None of the ${sessions(planned)} is ${known}deleted.`
  }
  if (deleted === planned && addsUp(counts))
    return planned === 1 ? "The one session is deleted." : `All ${sessions(planned)} are deleted.`
  return `${of} ${are(deleted)} deleted.`
}

const unprocessed = ({ counts, run }: Summary): ReadonlyArray<string> => {
  if (run.state === "not begun" && counts.unprocessed === counts.planned) return []
  const waiting = run.state === "not begun" || run.state === "running" || run.state === "paused"
  return some(counts.unprocessed, (n) => `${n} unprocessed${waiting ? " so far" : ""}.`)
}

const afterwards = ({ counts: { deleted }, readings }: Summary): ReadonlyArray<string> => {
  if (readings === undefined) return []
  const { reappeared, stillThere, verifiedAbsent } = readings
  return [
    ...(verifiedAbsent === deleted && deleted > 0
      ? [`Read afterwards, ${deleted === 1 ? "it was" : `all ${number(deleted)} were`} verified absent.`]
      : some(verifiedAbsent, (n) => `${n} verified absent by a reading afterwards.`)),
    ...some(stillThere, (n) => `${n} still there: look at ${stillThere === 1 ? "it" : "them"}.`),
    ...some(reappeared, (n) => `${n} back after having been absent: look at ${reappeared === 1 ? "it" : "them"}.`)
  ]
}

const because = (sentence: string) => (reason: string | undefined) => [
  reason === undefined ? `${sentence}.` : `${sentence}: ${reason.replace(/\.$/, "")}.`
]

const states: Record<Summary["run"]["state"], (reason: string | undefined) => ReadonlyArray<string>> = {
  "not begun": () => [],
  running: () => ["The run goes on."],
  paused: because("The run is paused"),
  cancelled: because("The run was cancelled"),
  stopped: because("The run was stopped"),
  finished: () => []
}

export const problems = ({ counts, ledger, plan, readings }: Summary): ReadonlyArray<string> => [
  ...(ledger.verified ? [] : ["The ledger is not verified: its hashes were not checked, or do not fit."]),
  ...differs(
    "The outcomes add up to",
    sum(outcomes.map(({ key }) => counts[key])),
    "sessions are planned",
    counts.planned
  ),
  ...differs("The plan names", plan.count, "sessions are planned in the ledger", counts.planned),
  ...differs("The dispositions add up to", sum(Object.values(counts.byDisposition)), "are deleted", counts.deleted),
  ...(readings === undefined
    ? []
    : differs("The readings add up to", sum(Object.values(readings)), "are deleted", counts.deleted))
]

/** With what only the end of the list can tell. */
export const allProblems = (summary: Summary, listed: number): ReadonlyArray<string> => [
  ...problems(summary),
  ...differs("The ledger lists", listed, "sessions have to be listed, by the counts", expected(summary))
]

/** How many exceptions there are, by the counts. */
export const expected = ({ counts, readings }: Summary): number => counts.planned - counts.deleted + found(readings)

const found = (readings: Summary["readings"]) =>
  readings === undefined ? 0 : readings.stillThere + readings.reappeared

const differs = (what: string, one: number, other: string, two: number): ReadonlyArray<string> =>
  one === two ? [] : [`${what} ${number(one)}, but ${number(two)} ${other}.`]

/** "148 deleted + 1 not deleted + … = 150 planned". */
export const sumRule = ({ counts }: Summary): string => {
  const parts = outcomes.map(({ key, name }) => `${number(counts[key])} ${name}`)
  return `${parts.join(" + ")} ${addsUp(counts) ? "=" : "≠"} ${number(counts.planned)} planned`
}

const addsUp = (counts: Counts) => sum(outcomes.map(({ key }) => counts[key])) === counts.planned

/** Says nothing of what has been shown completely. */
export const more = (listed: number, rows: number): string | undefined =>
  listed <= rows
    ? undefined
    : `${number(rows)} of ${number(listed)} are listed here. ${number(listed - rows)} more are not: the JSON report has all of them.`

export const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, n) => total + n, 0)

/** A sentence about so many, where there are any; it goes on after "is" or "are". */
const some = (count: number, sentence: (n: string) => string): ReadonlyArray<string> =>
  count === 0 ? [] : [sentence(`${number(count)} ${are(count)}`)]

const are = (count: number) => (count === 1 ? "is" : "are")

const sessions = (count: number) => (count === 1 ? "1 session" : `${number(count)} sessions`)

/** With a comma at each thousand. */
export const number = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ",")

/** Never rounded to all or to nothing. */
export const share = (part: number, whole: number): string => {
  if (whole === 0 || part === 0) return "0 %"
  const percent = (part / whole) * 100
  if (part < whole && percent > 99.9) return ">99.9 %"
  if (percent < 0.1) return "<0.1 %"
  return part === whole ? "100 %" : `${percent.toFixed(1)} %`
}

/** "2026-07-01 10:00:03 UTC"; without the last word where `zone` is false. */
export const time = (at: DateTime.Utc, zone = true): string =>
  `${DateTime.formatIso(at).slice(0, -5).replace("T", " ")}${zone ? " UTC" : ""}`

/** "2026-07-01 10:00:03 to 10:00:07 UTC (4s)". */
export const period = (from: DateTime.Utc | undefined, to: DateTime.Utc | undefined): string | undefined => {
  if (from === undefined) return to === undefined ? undefined : `until ${time(to)}`
  if (to === undefined) return `since ${time(from)}`
  const [start, end] = [time(from, false), time(to)]
  const [day] = start.split(" ")
  const until = day !== undefined && end.startsWith(day) ? end.slice(day.length + 1) : end
  return `${start} to ${until} (${Duration.format(DateTime.distance(from, to))})`
}

/** What a list says of how a session was asked for, and what can be given to the vendor's support. */
export const facts = (exception: Exception): ReadonlyArray<readonly [name: string, value: string]> => [
  ["attempts", number(exception.attempts)],
  ...fact("code", exception.code),
  ...fact("HTTP", exception.httpStatus),
  ...fact("time", period(exception.startedAt, exception.finishedAt)),
  ...fact("trace id", exception.traceId),
  ...fact("external trace id", exception.externalTraceId),
  ...fact("reading", exception.reading && readingName(exception.reading))
]

const fact = (name: string, value: string | number | undefined): ReadonlyArray<readonly [string, string]> =>
  value === undefined ? [] : [[name, String(value)]]

/** The waits on the team's limit. */
export const waits = ({ waits }: Summary): ReadonlyArray<readonly [name: string, value: string]> => [
  [
    "waiting for the budget, all calls together",
    waits.budget === undefined ? "not known" : Duration.format(waits.budget)
  ],
  ["attempts that the API refused for the rate", number(waits.refusals)],
  [
    "longest wait that the API asked for",
    waits.longestRetryAfter === undefined ? "none on record" : Duration.format(waits.longestRetryAfter)
  ]
]

export const listTitle = "Sessions to look at"

export const listLead =
  "Every session of the plan that is not deleted, and every deleted one that was found there afterwards, in the plan’s order."
