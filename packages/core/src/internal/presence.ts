/**
 * What a read of a session (`GET /v1/team/sessions/{sessionId}`) says about whether it is there.
 */
import { Option, Schema } from "effect"
import type { Answer } from "./classify.ts"

/** `unclear` is every answer that is not plainly one of the others. */
export type Presence = "present" | "absent" | "unclear"

const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ code: Schema.Int, data: Schema.optional(Schema.Unknown) }))
)

const hasId = Schema.is(Schema.Struct({ id: Schema.String }))

export const presence = (answer: Answer, sessionId: string): Presence => {
  if (answer._tag !== "Response" || !answer.whole) return "unclear"
  const envelope = Option.getOrUndefined(decode(answer.body))
  if (envelope?.code === 300003) return "absent"
  const successful = answer.httpStatus >= 200 && answer.httpStatus < 300 && envelope?.code === 0
  return successful && hasId(envelope.data) && envelope.data.id === sessionId ? "present" : "unclear"
}
