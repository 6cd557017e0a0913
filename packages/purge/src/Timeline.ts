/**
 * How many sessions ended how, over time, in a handful of equal buckets, whether a run takes a second or a month.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, Schema } from "effect"

/**
 * How many ended how within one bucket of time.
 *
 * @category models
 * @since 0.1.0
 */
export const Bucket = Schema.Struct({
  deleted: Schema.Natural,
  notDeleted: Schema.Natural,
  unknown: Schema.Natural,
  vetoed: Schema.Natural
})

/**
 * @category models
 * @since 0.1.0
 */
export type Bucket = typeof Bucket.Type

/**
 * Outcomes over time: at most 120 buckets, one after the other, without a gap.
 *
 * **Details**
 *
 * The buckets are as narrow as the time between the first and the last outcome allows: one second, doubled as often as
 * needed, and laid over the clock in multiples of their width. So the same outcomes give the same timeline in whatever
 * order they were added.
 *
 * @category models
 * @since 0.1.0
 */
export const Timeline = Schema.Struct({
  /** When the first bucket begins; missing as long as there is none. */
  startsAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** How much time a bucket covers; encoded as milliseconds. */
  width: Schema.DurationFromMillis,
  buckets: Schema.Array(Bucket)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Timeline = typeof Timeline.Type

/**
 * A timeline of nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: Timeline = { width: Duration.seconds(1), buckets: [] }

/**
 * Adds one outcome, in constant memory: where the buckets would become too many, their width is doubled.
 *
 * **Example** (Three outcomes)
 *
 * ```ts
 * import { DateTime } from "effect"
 * import { Timeline } from "@powerdrill-sessions/purge"
 *
 * const start = DateTime.makeUnsafe("2026-07-01T10:00:00Z")
 *
 * let timeline = Timeline.empty
 * timeline = Timeline.add(timeline, "deleted", start)
 * timeline = Timeline.add(timeline, "deleted", start)
 * timeline = Timeline.add(timeline, "unknown", DateTime.add(start, { seconds: 30 }))
 *
 * timeline.buckets.length // 31
 * Timeline.total(timeline) // { deleted: 2, notDeleted: 0, unknown: 1, vetoed: 0 }
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const add = (timeline: Timeline, outcome: keyof Bucket, at: DateTime.DateTime): Timeline => {
  const time = DateTime.toEpochMillis(at)
  const width = Duration.toMillis(timeline.width)
  const { buckets } = timeline
  const start = timeline.startsAt === undefined ? time : DateTime.toEpochMillis(timeline.startsAt)
  const first = Math.floor(start / width)
  const index = Math.floor(time / width)

  const known = buckets[index - first]
  if (known !== undefined) return { ...timeline, buckets: buckets.with(index - first, increase(known, outcome)) }

  const from = Math.min(first, index)
  const to = Math.max(first + buckets.length - 1, index)
  let factor = 1
  while (Math.floor(to / factor) - Math.floor(from / factor) >= mostBuckets) factor *= 2
  const origin = Math.floor(from / factor)
  const spread = Array.from({ length: Math.floor(to / factor) - origin + 1 }, () => nothing)
  buckets.forEach((bucket, i) => {
    const place = Math.floor((first + i) / factor) - origin
    spread[place] = plus(spread[place] ?? nothing, bucket)
  })
  const place = Math.floor(index / factor) - origin
  spread[place] = increase(spread[place] ?? nothing, outcome)
  return {
    startsAt: DateTime.makeUnsafe(origin * factor * width),
    width: Duration.millis(width * factor),
    buckets: spread
  }
}

/**
 * How many outcomes were added, by kind.
 *
 * @category getters
 * @since 0.1.0
 */
export const total = (timeline: Timeline): Bucket => timeline.buckets.reduce(plus, nothing)

const mostBuckets = 120

const nothing: Bucket = { deleted: 0, notDeleted: 0, unknown: 0, vetoed: 0 }

const increase = (bucket: Bucket, outcome: keyof Bucket): Bucket => ({ ...bucket, [outcome]: bucket[outcome] + 1 })

const plus = (one: Bucket, other: Bucket): Bucket => ({
  deleted: one.deleted + other.deleted,
  notDeleted: one.notDeleted + other.notDeleted,
  unknown: one.unknown + other.unknown,
  vetoed: one.vetoed + other.vetoed
})
