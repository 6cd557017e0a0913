import type { SessionId, UserId } from "@powerdrill-sessions/core"
import type { DateTime, FileSystem, Stream } from "effect"
import { Schema } from "effect"
export class PlanRefused extends Schema.TaggedError<PlanRefused>()("PlanRefused", { path: Schema.String }) {}
export declare namespace Plan {
  interface Header {
    baseUrl: string
    selectedAt: DateTime.Utc
    selection: string
    count: number
    kept: number
    digest: string
  }
}
export interface Plan {
  path: string
  header: Plan.Header
  entries: Stream.Stream<
    { n: number; sessionId: SessionId; userId: UserId; title?: string },
    PlanRefused,
    FileSystem.FileSystem
  >
}
