import { Plan } from "@powerdrill-sessions/purge"
import { Effect } from "effect"
import type { Client } from "../../internal/runtime.ts"

/**
 * The plan as it is now, if it was made for the client's server, and is the one that was agreed to.
 *
 * @internal
 */
export const openFor = Effect.fnUntraced(function* (client: Client, path: string, digest: string | undefined) {
  const opened = yield* Plan.open(path, { baseUrl: client.config.baseUrl })
  if (digest === undefined || digest === opened.header.digest) return opened
  const detail = "it is a plan, but not the one that was opened"
  return yield* new Plan.PlanRefused({ path, atLine: 1, reason: "changed", detail })
})
