/**
 * A plan: the frozen list of the sessions that are to be deleted, in a file that people read before they agree to it.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { validate } from "@powerdrill-sessions/core"
import * as Core from "@powerdrill-sessions/purge"
import { DateTime, Effect, Predicate, Result, Stream } from "effect"
import { callSite } from "../internal/callSite.ts"
import { quote } from "../internal/quote.ts"
import type { Sessions } from "../Sessions.ts"
import { checkOpenOptions, checkWriteOptions, requireClient, requirePath } from "./internal/checks.ts"
import { settle, Thrown } from "./internal/settle.ts"

/**
 * A session that is to be deleted: its id, whose it is, and its title for people who read the plan.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlanEntry {
  readonly sessionId: string
  readonly userId: string
  /** Nothing is decided by it. */
  readonly title?: string | undefined
}

/**
 * A plan whose file has been checked from its first byte to its last.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly path: string
  /** Where its sessions are. */
  readonly baseUrl: string
  /** When the selecting began. */
  readonly selectedAt: Date
  /** How the sessions were selected, in words. */
  readonly selection: string
  readonly count: number
  /** How many sessions were found and kept. */
  readonly kept: number
  /** SHA-256 over all user ids and session ids in their order, in hex: equal for equal lists. */
  readonly digest: string
  /** What somebody types who agrees to it, such as `delete 3 1a2b3c4d`: see `confirm` in `PurgeOptions`. */
  readonly confirmation: string
  /**
   * The entries, in the order of the plan. Each line is checked again as it is read: the iteration rejects with
   * `PlanRefused` where the file is no longer the one that was opened. A million take no more memory than a thousand.
   */
  readonly entries: AsyncIterable<PlanEntry & { readonly n: number }>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface WritePlanOptions {
  /** How the sessions were selected, in words, for those who read the plan. It is written on one line. */
  readonly selection: string
  /** The sessions: in any order, and any number of times. */
  readonly entries: Iterable<PlanEntry> | AsyncIterable<PlanEntry>
  /** How many were found and kept; a function is called when all entries have come. Default: 0. */
  readonly kept?: number | (() => number) | undefined
  /** Whether a file at the path is replaced. Default: false. */
  readonly overwrite?: boolean | undefined
  /** Stops the writing: it rejects with the signal's reason, and there is no file. */
  readonly signal?: AbortSignal | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface OpenPlanOptions {
  /** The server that it must have been made for. Default: any. `purge` checks that it is the client's. */
  readonly baseUrl?: string | undefined
  /** Stops the reading: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes a plan for the server of a client. Nothing is deleted by it.
 *
 * **Details**
 *
 * The file has one line of JSON for what the plan says of itself, and then one for each session, in the order of their user
 * ids and session ids, each session once. It is there when all of it is on the disk, and has the mode 600: it has the ids of
 * users and the titles of their sessions.
 *
 * Rejects with `PlanError`, with `InvalidConfig` for an option that cannot be used, and with whatever the iteration of the
 * entries throws.
 *
 * **Gotchas**
 *
 * The checks in the file tell mistakes: an edited line, half a file. They are no signature. Who must rule that out keeps the
 * digest where others cannot write.
 *
 * **Example** (Sessions that something else has found)
 *
 * ```ts
 * import { createSessions } from "@powerdrill-sessions/promise"
 * import { writePlan } from "@powerdrill-sessions/promise/purge"
 *
 * await using sessions = createSessions()
 *
 * const plan = await writePlan(sessions, "plan.jsonl", {
 *   selection: "two that were asked for in ticket 4711",
 *   entries: [
 *     { userId: "tmm-1", sessionId: "04b6…" },
 *     { userId: "tmm-1", sessionId: "7c1e…" }
 *   ]
 * })
 * console.log(`To agree, type: ${plan.confirmation}`)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const writePlan = async (sessions: Sessions, path: string, options: WritePlanOptions): Promise<Plan> => {
  const site = callSite()
  requirePath(path, site)
  checkWriteOptions(options, site)
  const { baseUrl } = requireClient(sessions, site).config
  const { entries, kept, overwrite, selection, signal } = options
  const plan = await settle(
    Core.Plan.write(path, {
      baseUrl,
      selection,
      kept: typeof kept === "function" ? Effect.sync(kept) : kept,
      overwrite,
      entries: Stream.fromAsyncIterable(each(entries), (thrown) => new Thrown(thrown)).pipe(
        Stream.mapEffect((entry) => toCoreEntry(path, entry))
      )
    }).pipe(Effect.provide(NodeFileSystem.layer)),
    { signal, site }
  )
  return toPlan(plan)
}

/**
 * Opens a plan: reads the whole file once and checks all of it.
 *
 * **Details**
 *
 * Rejects with `PlanRefused`, which names the first line that is wrong, or with `PlanError` where the file cannot be read.
 *
 * **Example** (Looking at a plan)
 *
 * ```ts
 * import { openPlan } from "@powerdrill-sessions/promise/purge"
 *
 * const plan = await openPlan("plan.jsonl")
 * for await (const { n, sessionId, title } of plan.entries) console.log(n, sessionId, title ?? "")
 * console.log(`${plan.count} sessions of ${plan.baseUrl}: ${plan.selection}`)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const openPlan = async (path: string, options: OpenPlanOptions = {}): Promise<Plan> => {
  const site = callSite()
  requirePath(path, site)
  checkOpenOptions(options, site)
  const { baseUrl, signal } = options
  const plan = await settle(Effect.provide(Core.Plan.open(path, { baseUrl }), NodeFileSystem.layer), { signal, site })
  return toPlan(plan)
}

const toPlan = ({ entries, header, path }: Core.Plan.Plan): Plan =>
  Object.freeze({
    path,
    ...header,
    selectedAt: DateTime.toDateUtc(header.selectedAt),
    confirmation: Core.Plan.confirmationOf(header),
    entries: Stream.toAsyncIterable(
      Stream.provide(
        Stream.map(entries, ({ n, sessionId, title, userId }) => ({
          n,
          sessionId,
          userId,
          ...(title === undefined ? undefined : { title })
        })),
        NodeFileSystem.layer
      )
    )
  })

/** One way through whatever can be iterated; it ends what it iterates when it is left. */
const each = async function* (entries: Iterable<unknown> | AsyncIterable<unknown>) {
  yield* entries
}

/** The types say that it is one; a program in JavaScript may not have looked. */
const toCoreEntry = (path: string, entry: unknown) => {
  const invalid = (detail: string) => Effect.fail(new Core.Plan.PlanError({ path, reason: "invalid-entry", detail }))
  if (!Predicate.isObject(entry)) return invalid("an entry must be an object with a sessionId and a userId")
  const { sessionId, title, userId }: { sessionId?: unknown; title?: unknown; userId?: unknown } = entry
  if (!Predicate.isString(sessionId)) return invalid("sessionId of an entry must be a string")
  if (!Predicate.isString(userId)) return invalid(`userId of session ${quote(sessionId)} must be a string`)
  if (title !== undefined && !Predicate.isString(title)) {
    return invalid(`title of session ${quote(sessionId)} must be a string`)
  }
  return Result.match(validate({ sessionId, userId }), {
    onFailure: ({ field, rule }) => invalid(`${field} of session ${quote(sessionId)} ${rule}`),
    onSuccess: (ids) => Effect.succeed(new Core.PlanEntry({ sessionId: ids.sessionId, userId: ids.userId, title }))
  })
}
