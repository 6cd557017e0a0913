import { SessionId, UserId } from "@powerdrill-sessions/core"
import type { Plan } from "@powerdrill-sessions/purge"
import { DateTime, Stream } from "effect"
import { createHash } from "node:crypto"

const userId = UserId.make("tmm-1")

/** A plan as it would be read from a file. */
export const planOf = (ids: ReadonlyArray<string>): Plan => ({
  path: "plan.jsonl",
  header: {
    baseUrl: "https://ai.data.cloud/api",
    selectedAt: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
    selection: "all sessions of tmm-1",
    count: ids.length,
    kept: 0,
    digest: createHash("sha256")
      .update(ids.map((id) => `${JSON.stringify([userId, id])}\n`).join(""))
      .digest("hex")
  },
  entries: Stream.fromIterable(ids.map((id, index) => ({ n: index + 1, sessionId: SessionId.make(id), userId })))
})
