/**
 * How far a run has come: a line for people who watch it.
 *
 * @since 0.1.0
 */
import type { Ledger } from "@powerdrill-sessions/purge"

/**
 * How a purge stands, and how fast it goes.
 *
 * @since 0.1.0
 */
export class Progress {
  private readonly budget: number
  private counts: Ledger.Counts
  /** When how many had ended, the oldest first: what the rate is taken from. */
  private readonly samples: Array<{ readonly at: number; readonly done: number }> = []
  private isPaused = false
  private settled = 0

  /** `budget` is how many requests a second there may be. */
  constructor(counts: Ledger.Counts, budget: number, now: number) {
    this.counts = counts
    this.budget = budget
    this.samples.push({ at: now, done: 0 })
  }

  /** Another session is settled. */
  settle(counts: Ledger.Counts, now: number): void {
    this.counts = counts
    this.settled++
    const last = this.samples.at(-1)
    if (last !== undefined && now - last.at < sampleMillis) return
    this.samples.push({ at: now, done: this.settled })
    if (this.samples.length > mostSamples) this.samples.shift()
  }

  /** Nothing is begun while it is paused. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused
  }

  /** How many end in a second, of late; 0 where nothing can be said yet. */
  perSecond(now: number): number {
    const [first] = this.samples
    if (first === undefined || now - first.at < sampleMillis) return 0
    return ((this.settled - first.done) * 1000) / (now - first.at)
  }

  /** The line, in so many columns: what matters least is left out first. */
  toLine(columns: number, now: number): string {
    const { planned, unprocessed } = this.counts
    const perSecond = this.perSecond(now)
    const rate = `${perSecond.toFixed(1)}/s${this.budget === Infinity ? "" : ` of ${this.budget}`}`
    const left = perSecond === 0 ? "" : `${inWords(unprocessed / perSecond)} left`
    return fit(
      [
        bar(planned - unprocessed, planned),
        outcomes(this.counts),
        ...(this.isPaused ? ["paused"] : [rate, left].filter((part) => part !== ""))
      ],
      columns
    )
  }
}

const sampleMillis = 1000

const mostSamples = 20

/**
 * `480 deleted, 3 not deleted, 2 unknown`: those that there are, and `deleted` in any case.
 *
 * @since 0.1.0
 */
export const outcomes = ({ deleted, notDeleted, unknown, vetoed }: Ledger.Counts): string =>
  [
    `${deleted} deleted`,
    ...(notDeleted > 0 ? [`${notDeleted} not deleted`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(vetoed > 0 ? [`${vetoed} vetoed`] : [])
  ].join(", ")

/**
 * All counts, and what they add up to.
 *
 * @since 0.1.0
 */
export const sum = (counts: Ledger.Counts): string => {
  const { deleted, notDeleted, planned, unknown, unprocessed, vetoed } = counts
  const absent = counts.byDisposition["already-absent"] ?? 0
  return (
    `${deleted} deleted${absent > 0 ? ` (${absent} of them not there to begin with)` : ""} + ${notDeleted} not deleted + ` +
    `${unknown} unknown + ${vetoed} vetoed + ${unprocessed} not begun = ${planned} planned`
  )
}

/**
 * A bar, and how many of how many.
 *
 * @since 0.1.0
 */
export const bar = (done: number, total: number): string => {
  const width = 24
  const filled = total === 0 ? width : Math.round((width * done) / total)
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${done}/${total}`
}

/**
 * The parts in one line. Where they do not fit, the bar goes first (its figures stay), then parts from the end.
 *
 * @since 0.1.0
 */
export const fit = (parts: ReadonlyArray<string>, columns: number): string => {
  const line = parts.join("  ")
  if (line.length <= columns || parts.length === 0) return line
  const [first = "", ...others] = parts
  if (first.startsWith("[")) return fit([first.replace(/^\[.*\] /, ""), ...others], columns)
  return parts.length === 1 ? line.slice(0, columns) : fit(parts.slice(0, -1), columns)
}

/**
 * Seconds as people say them: `45s`, `12m`, `3h 20m`.
 *
 * @since 0.1.0
 */
export const inWords = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole}s`
  const minutes = Math.ceil(whole / 60)
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}
