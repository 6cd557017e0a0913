/**
 * The emulator's record of what clients really sent.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * One HTTP request that arrived, and how it was answered.
 *
 * **Details**
 *
 * - `at`: milliseconds since 1970, by the emulator's clock.
 * - `traceId`: given on arrival, and sent as `x-pd-trace-id` with the answer, if there is one.
 * - `path` is the request target exactly as on the wire: percent-encoding and query untouched.
 * - `headers` have lower-case names; the value of `x-pd-api-key` is replaced by `<redacted>`.
 * - `fault`: the position, in the plan of that time, of the rule that decided what happened; missing if none did.
 * - `answer` is missing while the request is under way, and for good when the client gave up first or a fault kept the
 *   answer from being sent in full.
 * - `answer.code` is missing where the body is not an envelope (an unknown route, the documentation, some faults).
 *
 * @since 0.1.0
 */
export const ReceivedRequest = Schema.Struct({
  at: Schema.Int,
  traceId: Schema.String,
  method: Schema.String,
  path: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  fault: Schema.optionalKey(Schema.Int),
  answer: Schema.optionalKey(
    Schema.Struct({
      status: Schema.Int,
      code: Schema.optionalKey(Schema.Int),
      traceId: Schema.String
    })
  )
})

/** @since 0.1.0 */
export interface ReceivedRequest extends Schema.Schema.Type<typeof ReceivedRequest> {}
