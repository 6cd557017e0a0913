import { Schema } from "effect"

/** What part of the time each part of a program takes. */
export const Shares = Schema.Record(Schema.String, Schema.Finite)

export type Shares = typeof Shares.Type
