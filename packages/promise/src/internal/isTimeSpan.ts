import { Predicate } from "effect"
import type { TimeSpan } from "../TimeSpan.ts"

/** Tells whether a value is a length of time, and not a negative one. */
export const isTimeSpan = (u: unknown): u is TimeSpan =>
  Predicate.isNumber(u) ? u >= 0 : Predicate.isString(u) && pattern.test(u)

const pattern = /^\d+(?:\.\d+)? (?:millis|seconds?|minutes?|hours?|days?)$/
