/**
 * This library, with its defaults.
 */
import { createSessions } from "@powerdrill-sessions/promise"
import type { Peer } from "./Peer.ts"

export const powerdrillSessions: Peer = {
  name: "this library",
  packages: ["@powerdrill-sessions/promise"],
  delete: async ({ apiKey, baseUrl, sessionId, timeoutMillis, userId }) => {
    await using sessions = createSessions({ apiKey, baseUrl, userId, attemptTimeout: timeoutMillis })
    const result = await sessions.try.delete(sessionId)
    return result.ok ? "deleted" : result.error.outcome
  }
}
