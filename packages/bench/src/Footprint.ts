/**
 * How much memory a step of a purge has taken.
 */
import { Schema } from "effect"

export const Step = Schema.Literals(["write", "purge"])

export type Step = typeof Step.Type

export const Footprint = Schema.Struct({
  /** The most that was resident at any moment, in bytes. */
  peak: Schema.Finite,
  seconds: Schema.Finite
})

export type Footprint = typeof Footprint.Type
