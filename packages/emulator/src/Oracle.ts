/**
 * What truly happened, whatever any answer said.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ReceivedRequest } from "./ReceivedRequest.ts"

/**
 * A session was truly deleted by a request.
 *
 * **Details**
 *
 * - `at`: milliseconds since 1970, by the emulator's clock.
 * - `traceId`: the trace ID of the request that did it, even if that was never answered.
 * - `request`: its position among the requests that arrived, the first being 0.
 *
 * @since 0.1.0
 */
export const Commit = Schema.Struct({
  sessionId: Schema.String,
  userId: Schema.String,
  at: Schema.Int,
  traceId: Schema.String,
  request: Schema.Int
})

/** @since 0.1.0 */
export interface Commit extends Schema.Schema.Type<typeof Commit> {}

/**
 * Everything that arrived and everything that was truly committed, at one moment, in order. Both only ever grow.
 *
 * **Details**
 *
 * A commit and its record are one step: there is never one without the other, whether the client is gone, the answer a
 * lie, or the request given up. Another process reads the same from the admin port (see `EmulatorOptions.adminPort`).
 *
 * @since 0.1.0
 */
export const Oracle = Schema.Struct({
  commits: Schema.Array(Commit),
  requests: Schema.Array(ReceivedRequest)
})

/** @since 0.1.0 */
export interface Oracle extends Schema.Schema.Type<typeof Oracle> {}
