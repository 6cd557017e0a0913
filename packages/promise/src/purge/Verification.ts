/**
 * Looks whether the sessions of a plan are gone, and has what it sees in the ledger.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { RetryPolicy } from "@powerdrill-sessions/core"
import * as Core from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { type CallSite, callSite } from "../internal/callSite.ts"
import { ClientClosed } from "../ClientClosed.ts"
import type { Sessions } from "../Sessions.ts"
import { checkVerifyOptions, requireClient, requirePlan } from "./internal/checks.ts"
import { iterate } from "./internal/iterate.ts"
import { openFor } from "./internal/openFor.ts"
import { Thrown } from "./internal/settle.ts"
import { untilAborted } from "./internal/untilAborted.ts"
import type { Plan } from "./Plan.ts"

/**
 * A session was looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface PurgeReading {
  /** Its number in the plan, from 1. */
  readonly n: number
  readonly sessionId: string
  readonly userId: string
  /** What the ledger says became of it. `intended`: a call was cut off. */
  readonly state: "planned" | "intended" | "deleted" | "not-deleted" | "unknown" | "vetoed"
  /** `reappeared`: it is there, and was absent before. `unclear`: there was no trustworthy answer. */
  readonly reading: "absent" | "present" | "reappeared" | "unclear"
  /** Why it is not clear. */
  readonly message?: string
}

/**
 * @category models
 * @since 0.1.0
 */
export interface VerifyPurgeOptions {
  /** How many sessions are read at once. Default: 8. The rate is kept by the client's `requestsPerSecond`, not by this. */
  readonly concurrency?: number | undefined
  /** Who looks, for others who want the ledger meanwhile. Default: `user@host, process 4711`. */
  readonly by?: string | undefined
  /** Stops the looking: the iteration rejects with the signal's reason. What was seen is in the ledger. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks for every session of a plan, in its order, and adds what it sees to the ledger. Nothing is deleted by it.
 *
 * **Details**
 *
 * Three sessions or more of one user are looked for in one listing of that user, fewer one by one. Nothing happens before
 * it is iterated, and leaving the loop ends it.
 *
 * The iteration rejects as that of `purge`, and with `ClientClosed` for a client that is closed before.
 *
 * **Gotchas**
 *
 * Absent means: not there for this API key, in its project. The API says the same of what belongs to another one.
 *
 * **Example** (After a purge)
 *
 * ```ts
 * import { createSessions } from "@powerdrill-sessions/promise"
 * import { verifyPurge } from "@powerdrill-sessions/promise/purge"
 *
 * await using sessions = createSessions()
 * for await (const { reading, sessionId, state } of verifyPurge(sessions, "plan.jsonl")) {
 *   if (state === "deleted" && reading !== "absent") console.log(sessionId, reading)
 * }
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const verifyPurge = (
  sessions: Sessions,
  plan: Plan | string,
  options: VerifyPurgeOptions = {}
): AsyncIterableIterator<PurgeReading> => {
  const site = callSite()
  const signal = typeof options === "object" && options !== null ? options.signal : undefined
  return iterate<PurgeReading, Error | Thrown>((halt) => begin(sessions, plan, options, halt, site), { signal, site })
}

const begin = (
  sessions: Sessions,
  plan: Plan | string,
  options: VerifyPurgeOptions,
  halt: AbortSignal,
  site: CallSite
) => {
  const client = requireClient(sessions, site)
  const { digest, path } = requirePlan(plan, site)
  checkVerifyOptions(options, site)
  if (client.isClosed()) throw site(new ClientClosed({ outcome: "not-deleted" }))
  const { by = Core.LedgerFile.thisProcess(), concurrency, signal } = options
  return {
    client,
    effect: (give: (reading: PurgeReading) => Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const opened = yield* openFor(client, path, digest)
        yield* Core.Verification.run({ concurrency }).pipe(
          Stream.interruptWhen(untilAborted(halt)),
          Stream.runForEach(give),
          RetryPolicy.withPolicy(client.policy),
          Effect.provide(Core.LedgerFile.layer(opened, by), { local: true })
        )
        if (signal?.aborted === true) return yield* Effect.fail(new Thrown(signal.reason))
      }).pipe(Effect.provide(NodeFileSystem.layer))
  }
}
