/**
 * How much memory has been taken.
 */
import { Schema } from "effect"

export const Step = Schema.Literals(["calls", "write", "purge"])

export type Step = typeof Step.Type

export const Footprint = Schema.Struct({
  /** The most that was resident at any moment, in bytes. */
  peak: Schema.Finite,
  /** The heap in use at the end, without its garbage, in bytes. */
  alive: Schema.optionalKey(Schema.Finite),
  seconds: Schema.Finite
})

export type Footprint = typeof Footprint.Type
