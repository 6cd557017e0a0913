/**
 * Lengths of time, as settings and plugins give them.
 *
 * @since 0.1.0
 */

/**
 * A length of time: milliseconds, or a string such as `"10 seconds"`.
 *
 * @category models
 * @since 0.1.0
 */
export type TimeSpan =
  | number
  | `${number} ${"millis" | "second" | "seconds" | "minute" | "minutes" | "hour" | "hours" | "day" | "days"}`
