/** Purges a plan with the installed packages, with promises. */
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { type PlanEntry, purge, purgeStatus, verifyLedger, writePlan } from "@powerdrill-sessions/promise/purge"
import { Effect, ManagedRuntime } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

await using runtime = ManagedRuntime.make(Emulator.layerTest({ seedSessions: 3 }))
const emulator = await runtime.runPromise(Effect.service(Emulator))
const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId })

const folder = mkdtempSync(join(tmpdir(), "purge-promise-"))
const path = join(folder, "plan.jsonl")
async function* all(): AsyncGenerator<PlanEntry> {
  for await (const { id } of sessions.list()) yield { sessionId: id, userId }
}
const plan = await writePlan(sessions, path, { selection: "all", entries: all() })
for await (const event of purge(sessions, plan, { confirm: plan.confirmation })) {
  if (event._tag === "Settled" && event.outcome.outcome !== "deleted") throw new Error(event.outcome.message)
}
const { counts, state } = await purgeStatus(path)
await verifyLedger(path)
const held = await runtime.runPromise(emulator.sessions)
rmSync(folder, { recursive: true })
if (state !== "ended" || counts.deleted !== 3 || held.length > 0) {
  throw new Error(`It is ${state}, ${counts.deleted} were deleted and ${held.length} are held`)
}
