/**
 * How a purge stands, in words.
 *
 * @since 0.1.0
 */
import type { PurgeStatus } from "@powerdrill-sessions/purge"
import * as Line from "./Line.ts"
import * as Progress from "./Progress.ts"

/**
 * For people.
 *
 * @since 0.1.0
 */
export const toText = (status: PurgeStatus.PurgeStatus): string =>
  `${sentence(status)}\n${Progress.sum(status.counts)}\n` +
  `Plan ${status.plan.digest.slice(0, 8)} of ${status.plan.baseUrl}: ${Line.visible(status.plan.selection)}`

const sentence = ({ by, isHeld, message, reason, since, state }: PurgeStatus.PurgeStatus): string => {
  const who = `${by === null ? "somebody" : Line.visible(by)}${since === null ? "" : ` since ${since}`}`
  const end = message === null ? "" : ` ${Line.visible(message)}`
  switch (state) {
    case "not-begun":
      return "Not begun."
    case "running":
      return `Running: ${who}.`
    case "paused":
      return `Paused by ${who}. ${isHeld ? "`resume` lets it go on." : "No process is at it; the next one waits until `resume`."}`
    case "cancelled":
      return `Cancelled by ${who}. ${isHeld ? "Calls under way come to their end." : "`resume` takes that back."}`
    case "cut-off":
      return `Cut off: begun by ${who}, and ended without a word. Run \`purge\` again: it is safe.`
    case "ended":
      return reason === "finished" ? `Finished at ${since}.` : `Ended at ${since}: ${reason}.${end}`
  }
}
