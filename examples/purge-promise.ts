// Deleting many with promises: which ones, a plan that somebody agrees to, a run that is stopped and goes on, and the
// record of it. Nothing of Effect shows, except where this file starts the emulator that it talks to.
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions, protect } from "@powerdrill-sessions/promise"
import {
  openPlan,
  type PlanEntry,
  purge,
  purgeReport,
  purgeStatus,
  verifyLedger,
  verifyPurge,
  writePlan
} from "@powerdrill-sessions/promise/purge"
import { Effect, ManagedRuntime } from "effect"
import assert from "node:assert/strict"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))
for (const n of [1, 2, 3, 4, 5, 6]) {
  await runtime.runPromise(emulator.create({ sessionId: `chat-${n}`, title: n < 6 ? `Draft ${n}` : "Contract" }))
}
const folder = await mkdtemp(join(tmpdir(), "purge-promise-"))
const path = join(folder, "plan.jsonl")

const { apiKey, baseUrl, userId } = emulator
await using sessions = createSessions({ apiKey, baseUrl, userId, plugins: [protect(["chat-4"])] })

// Which: whatever can be iterated. What is not taken is counted, for those who read the plan.
let kept = 0
async function* drafts(): AsyncGenerator<PlanEntry> {
  for await (const { id, title } of sessions.list()) {
    if (title?.startsWith("Draft ") === true) yield { sessionId: id, userId, title }
    else kept++
  }
}
await writePlan(sessions, path, { selection: "drafts", entries: drafts(), kept: () => kept })

// Somebody reads it, and types what agrees to it.
const plan = await openPlan(path)
for await (const { n, sessionId, title } of plan.entries) console.log(`${n} ${sessionId} ${title}`)
console.log(`${plan.count} to delete, ${plan.kept} kept`)
const typed = `delete ${plan.count} ${plan.digest.slice(0, 8)}`

// Leaving the loop ends the run: the calls under way come to their end.
for await (const event of purge(sessions, plan, { confirm: typed, concurrency: 1 })) {
  if (event._tag === "Settled") break
}
const { counts, reason } = await purgeStatus(path)
console.log(`${reason}: some are deleted, and ${counts.unknown} unknown`)
assert.ok(counts.unprocessed > 0)

// The same call goes on where it stopped.
for await (const event of purge(sessions, plan, { confirm: typed, concurrency: 1 })) {
  if (event._tag !== "Ended") continue
  const { deleted, notDeleted, planned, unknown, unprocessed, vetoed } = event.counts
  console.log(`${event.reason}: ${deleted} deleted, ${notDeleted} not deleted, ${unknown} unknown, ${vetoed} vetoed`)
  assert.equal(deleted + notDeleted + unknown + vetoed + unprocessed, planned)
}

// Are they gone? And is the record as it was written?
for await (const { reading, sessionId } of verifyPurge(sessions, plan)) console.log(`${sessionId} is ${reading}`)
const { entries } = await verifyLedger(path)
assert.ok(entries > 10)
await writeFile(join(folder, "report.html"), purgeReport(path, { format: "html" }))
await rm(folder, { recursive: true })
