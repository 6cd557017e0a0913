import type * as Core from "@powerdrill-sessions/core"
import { DateTime } from "effect"
import type { Receipt } from "../Receipt.ts"

/**
 * The core's receipt as a plain object.
 *
 * @internal
 */
export const toReceipt = ({ finishedAt, startedAt, ...receipt }: Core.Receipt): Receipt =>
  Object.freeze({
    ...receipt,
    startedAt: DateTime.toDateUtc(startedAt),
    finishedAt: DateTime.toDateUtc(finishedAt)
  })
