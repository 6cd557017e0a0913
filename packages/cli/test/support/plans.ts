/**
 * Plans in a folder of their own, and what is in the files beside them.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { SessionId, UserId } from "@powerdrill-sessions/core"
import { Plan, PlanEntry } from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "powerdrill-sessions-cli-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** A plan for the sessions with these ids, and the words that have to be said for it. */
export const planFor = Effect.fnUntraced(function* (
  baseUrl: string,
  ids: ReadonlyArray<string>,
  user: string = "tmm-1="
) {
  const folder = yield* temporaryFolder
  const path = join(folder, "plan.jsonl")
  const userId = UserId.make(user)
  const { header } = yield* Plan.write(path, {
    baseUrl,
    selection: "those of a test",
    entries: Stream.fromIterable(ids.map((id) => new PlanEntry({ userId, sessionId: SessionId.make(id) })))
  }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)
  return { folder, path, words: `delete ${header.count} ${header.digest.slice(0, 8)}` }
})

/** All that is in the files of a folder. */
export const contents = (folder: string): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n")
