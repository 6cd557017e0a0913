/**
 * How one way to keep under a limit has done, in each run.
 */
import { Schema } from "effect"
import { Drained } from "./Drained.ts"
import { Kind } from "./Team.ts"

export const Measured = Schema.Struct({
  title: Schema.String,
  contender: Schema.String,
  kind: Kind,
  drained: Schema.Array(Drained)
})

export type Measured = typeof Measured.Type
