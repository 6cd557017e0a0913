/**
 * The history of one plan: purged by programs that are killed, one after the other, until one comes to its end; and what
 * must be true of it, after each death and at the end.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { SessionId, UserId } from "@powerdrill-sessions/core"
import { Emulator, type FaultPlan } from "@powerdrill-sessions/emulator"
import { isFinal, Ledger, LedgerEntry, LedgerFile, Plan, PlanEntry } from "@powerdrill-sessions/purge"
import { assert } from "@effect/vitest"
import { Effect, FileSystem, Option, type Scope, Stream } from "effect"
import * as Child from "./Child.ts"
import type { Setup } from "./Setup.ts"

export interface Given {
  /** Those of the plan. */
  readonly sessions: ReadonlyArray<string>
  /** Those of them that do not exist. */
  readonly absent: ReadonlySet<string>
  readonly faults: FaultPlan
  /** How to run it, as far as it is the same each time. */
  readonly settings: Pick<Setup, "absentIsDeleted" | "attemptTimeout" | "concurrency" | "retries" | "verify">
}

/** One death: of its own hand, or by `during`, which is run as soon as the child has opened its plan. */
export interface Death {
  readonly killed?: Setup["killed"]
  readonly during?: (emulator: Emulator["Service"], kill: () => void) => Effect.Effect<void>
}

/** What became of a history that was as it should be. */
export interface Told {
  readonly runs: number
  readonly deaths: number
  /** How many ledgers were found in the middle of a commit. */
  readonly cutCommits: number
  readonly requests: number
  readonly endings: Readonly<Record<string, number>>
}

/** More than any history needs: one that has not ended then never would. */
const mostRuns = 40

/** Lives the history: a run for each of the deaths, and then as many as it takes. Fails, with an assertion, where it is not as it should be. */
export const live = Effect.fnUntraced(
  function* ({ absent, faults, sessions, settings }: Given, deaths: ReadonlyArray<Death>) {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "powerdrill-sessions-kills-" })
    const emulator = yield* Emulator.make({ port: 0, rate: Infinity, faults })
    for (const sessionId of sessions) if (!absent.has(sessionId)) yield* emulator.create({ sessionId })
    const plan = yield* Plan.write(`${folder}/plan.jsonl`, {
      baseUrl: emulator.baseUrl,
      selection: "some to be killed over",
      entries: Stream.fromIterable(
        sessions.map(
          (sessionId) => new PlanEntry({ sessionId: SessionId.make(sessionId), userId: UserId.make(emulator.userId) })
        )
      )
    })
    const setup = {
      ...settings,
      requestsPerSecond: 2_000,
      plan: plan.path,
      baseUrl: emulator.baseUrl,
      apiKey: emulator.apiKey
    }

    let before: Record_ = nothing
    let cutCommits = 0
    let died = 0
    for (let number = 0; number < mostRuns; number++) {
      const { during, killed } = deaths[number] ?? {}
      const sent = (yield* emulator.requests).length
      const ended = yield* Child.run(
        { ...setup, ...(killed === undefined ? undefined : { killed }) },
        during === undefined ? undefined : (kill) => during(emulator, kill)
      )
      const requests = (yield* emulator.requests).slice(sent).filter(({ method }) => method === "DELETE")
      const after = yield* look(plan.path, `${folder}/copy-${number}`)
      judgeRun({
        before,
        after,
        ended,
        sent: requests.map(({ at, path }) => ({ at, sessionId: sessionOf(path) })),
        settings
      })
      before = after
      if (ended.reason === undefined) {
        died++
        if (after.wasCut) cutCommits++
      } else {
        assert.strictEqual(ended.reason, "finished")
      }
      if (ended.reason !== undefined && after.rows.every(({ final }) => final === 1)) {
        yield* judge(emulator, { absent, sessions, settings }, after)
        return {
          runs: number + 1,
          deaths: died,
          cutCommits,
          requests: (yield* emulator.requests).length,
          endings: tally(after.rows.map(({ disposition, error, state }) => `${state}: ${disposition ?? error ?? ""}`))
        } satisfies Told
      }
    }
    return assert.fail(`It had not ended after ${mostRuns} runs: ${JSON.stringify(before.rows)}`)
  },
  Effect.scoped,
  Effect.provide(NodeFileSystem.layer)
)

/** What a ledger says at one moment. */
interface Record_ {
  readonly head: LedgerEntry.Head
  readonly rows: ReadonlyArray<Ledger.Request>
  readonly counts: Ledger.Counts | undefined
  readonly entries: ReadonlyArray<{ readonly entry: LedgerEntry.LedgerEntry; readonly hash: string }>
  /** There was something to be rolled back. */
  readonly wasCut: boolean
}

const nothing: Record_ = { head: LedgerEntry.genesis, rows: [], counts: undefined, entries: [], wasCut: false }

/**
 * Reads a ledger in a copy of it, so that what a death has left behind is found by the next run, not by who looks. One
 * that was killed before there was a ledger, or before it knew its plan, has nothing to say.
 */
const look = Effect.fnUntraced(function* (
  planPath: string,
  folder: string
): Effect.fn.Return<Record_, unknown, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const path = LedgerFile.pathOf(planPath)
  yield* fs.makeDirectory(folder)
  const copy = LedgerFile.pathOf(`${folder}/plan.jsonl`)
  let wasCut = false
  for (const end of ["", "-journal"]) {
    if (!(yield* fs.exists(path + end))) continue
    yield* fs.copyFile(path + end, copy + end)
    if (end !== "") wasCut = (yield* fs.stat(path + end)).size > 0n
  }
  if (!(yield* fs.exists(copy))) return nothing
  return yield* Effect.gen(function* () {
    const ledger = yield* Ledger
    const entries = yield* Stream.runCollect(ledger.entries)
    return {
      head: yield* ledger.verify,
      rows: yield* Stream.runCollect(ledger.requests),
      counts: yield* ledger.counts,
      entries: entries.map(({ body, hash }) => ({ entry: Option.getOrThrow(LedgerEntry.decode(body)), hash })),
      wasCut
    }
  }).pipe(Effect.provide(LedgerFile.layerAttached(`${folder}/plan.jsonl`)))
})

interface Run {
  readonly before: Record_
  readonly after: Record_
  readonly ended: Child.Ended
  /** The deletes that arrived. */
  readonly sent: ReadonlyArray<{ readonly at: number; readonly sessionId: string }>
  readonly settings: Given["settings"]
}

/** What must be true after each run. */
const judgeRun = ({ after, before, ended, sent, settings }: Run) => {
  // Nothing that was on the disk is gone, and all of it is still what it was.
  assert.isAtLeast(after.head.entries, before.head.entries, "entries were lost")
  assert.strictEqual(
    after.entries[before.head.entries - 1]?.hash ?? LedgerEntry.genesis.hash,
    before.head.hash,
    "entries were replaced"
  )
  if (before.rows.length > 0) {
    assert.deepStrictEqual(
      after.rows.map(({ session_id }) => session_id),
      before.rows.map(({ session_id }) => session_id),
      "requests were lost"
    )
  }
  if (after.counts !== undefined) {
    const { deleted, notDeleted, planned, unknown, unprocessed, vetoed } = after.counts
    assert.strictEqual(deleted + notDeleted + unknown + vetoed + unprocessed, planned, "the sum")
    assert.strictEqual(planned, after.rows.length, "the sum")
  }

  const written = after.entries.slice(before.entries.length).map(({ entry }) => entry)
  const outcomes = written.filter((entry) => entry.kind === "outcome")
  for (const sessionId of ended.settled) {
    assert.isTrue(
      outcomes.some((entry) => entry.sessionId === sessionId),
      `${sessionId} was told before it was on the disk`
    )
  }
  const wasFinal = new Set(before.rows.flatMap(({ final, session_id }) => (final === 1 ? [session_id] : [])))
  for (const sessionId of new Set(sent.map(({ sessionId }) => sessionId))) {
    const arrived = sent.filter((request) => request.sessionId === sessionId)
    const intents = written.filter((entry) => entry.kind === "intent" && entry.sessionId === sessionId)
    const [outcome, ...more] = outcomes.filter((entry) => entry.sessionId === sessionId)
    assert.isFalse(wasFinal.has(sessionId), `${sessionId} was sent after its final outcome`)
    assert.strictEqual(intents.length, 1, `${sessionId} was sent without an intent`)
    assert.isEmpty(more, `${sessionId} has more outcomes than intents`)
    assert.isAtMost(
      arrived.length,
      outcome?.attempts ?? settings.retries + 1,
      `${sessionId} was sent more often than the ledger says`
    )
    // By the clock that both processes have. One that nobody waited for can arrive late; its outcome is not final then.
    if (outcome !== undefined && isFinal(outcome)) {
      for (const { at } of arrived) {
        assert.isAtMost(at, Date.parse(outcome.at), `${sessionId} was sent after its outcome`)
      }
    }
  }
}

/** What must be true at the end. */
const judge = Effect.fnUntraced(function* (
  emulator: Emulator["Service"],
  { absent, sessions, settings }: Pick<Given, "absent" | "sessions" | "settings">,
  { rows }: Record_
) {
  // What was sent by those who died may still be under way.
  yield* Effect.sleep(settings.attemptTimeout)
  const { commits } = yield* emulator.oracle
  const held = new Set((yield* emulator.sessions).map(({ id }) => id))
  assert.deepStrictEqual(new Set(rows.map(({ session_id }) => session_id)), new Set(sessions))
  assert.strictEqual(rows.length, sessions.length)
  for (const row of rows) {
    const { disposition, session_id: sessionId, state } = row
    const own = commits.filter((commit) => commit.sessionId === sessionId)
    const story = JSON.stringify({ row, own, held: held.has(sessionId) })
    switch (state) {
      case "deleted": {
        assert.isFalse(held.has(sessionId), `deleted, and there: ${story}`)
        assert.strictEqual(own.length, absent.has(sessionId) ? 0 : 1, `deleted by somebody else: ${story}`)
        if (disposition === "deleted")
          assert.strictEqual(own[0]?.traceId, row.trace_id, `deleted by another request: ${story}`)
        if (disposition === "already-absent") assert.isTrue(settings.absentIsDeleted && absent.has(sessionId), story)
        break
      }
      case "not-deleted": {
        assert.isEmpty(own, `not deleted, and gone: ${story}`)
        assert.strictEqual(held.has(sessionId), !absent.has(sessionId), story)
        break
      }
      default:
        assert.fail(`no final outcome: ${story}`)
    }
  }
})

const sessionOf = (path: string) => decodeURIComponent(/sessions\/([^?]*)/.exec(path)?.[1] ?? "")

const tally = (words: ReadonlyArray<string>) => {
  const tallies: Record<string, number> = {}
  for (const word of words) tallies[word] = (tallies[word] ?? 0) + 1
  return tallies
}
