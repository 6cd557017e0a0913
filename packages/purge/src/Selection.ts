/**
 * A selection: which sessions are to be deleted, which are kept, and by which rule.
 *
 * Nothing is chosen by omission. A selection that does not say which sessions is refused, and a session for which it is
 * not sure that it is meant is kept.
 *
 * @since 0.1.0
 */
import { type ReadFailed, type SessionId, Sessions, type SessionSummary, type UserId } from "@powerdrill-sessions/core"
import type { ProtectRule } from "@powerdrill-sessions/core/plugins"
import { Array, Effect, type FileSystem, Result, Stream } from "effect"
import { check, checkAll, checkId, checkUser, invalid, toError } from "./internal/checkIds.ts"
import * as Keepers from "./internal/keepers.ts"
import { quote } from "./internal/quote.ts"
import { type Condition, conditions, type TitleRule } from "./internal/titleRule.ts"
import type { InvalidSelection } from "./InvalidSelection.ts"
import * as Plan from "./Plan.ts"
import { PlanEntry } from "./PlanEntry.ts"

export { InvalidSelection } from "./InvalidSelection.ts"

/**
 * Which sessions, as callers write it.
 *
 * **Details**
 *
 * Either sessions of `users`, which are listed: `all` of them, or those whose title fulfils all title rules that are given.
 * Or `ids` of the sessions of one user; nothing is listed then.
 *
 * - `titleContains`: the title has this text. It is also given to the API as its filter, so that the rest is not listed,
 *   nor counted as kept.
 * - `titleGlob`: the whole title is like `Draft *`: `*` is any text, `?` one character, `\` takes the next one as it is.
 * - `titleMatches`: a regular expression is found in the title; given as text, it has the flag `u`.
 *
 * Case and the form of Unicode count. A session without a title is chosen by none of these rules.
 *
 * What is chosen is kept if any rule of `keep` or of `keepFiles` says so. A rule about ids is one of `protect` of
 * `@powerdrill-sessions/core/plugins`, a file is one of its `protectFile`, and both are understood as they are there. A
 * rule about titles has the same three forms as above; it cannot be combined with `ids`, whose titles nobody knows.
 *
 * **Gotchas**
 *
 * - Sessions cannot be selected by age: the API's records have no times, neither of their making nor of their use.
 * - A regular expression is run as it is, and there are some that take years for a long title. Use a glob where one will
 *   do: it takes as long as the title is long.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = Options.OfUsers | Options.OfIds

/**
 * @since 0.1.0
 */
export declare namespace Options {
  /**
   * @category models
   * @since 0.1.0
   */
  export interface OfUsers extends TitleRule, Keeping {
    readonly users: ReadonlyArray<string>
    /** Every session of the users. */
    readonly all?: boolean | undefined
    readonly ids?: undefined
  }

  /**
   * @category models
   * @since 0.1.0
   */
  export interface OfIds extends Keeping {
    /** The one user whose sessions they are. */
    readonly users: readonly [string]
    /** {@link idsOf} reads them from a file. */
    readonly ids: ReadonlyArray<string>
    readonly all?: undefined
    readonly titleContains?: undefined
    readonly titleGlob?: undefined
    readonly titleMatches?: undefined
  }

  /**
   * @category models
   * @since 0.1.0
   */
  export interface Keeping {
    readonly keep?: ReadonlyArray<ProtectRule | (TitleRule & { readonly because?: string | undefined })> | undefined
    /** Files as of `protectFile`, and what is in them. */
    readonly keepFiles?: ReadonlyArray<{ readonly path: string; readonly text: string }> | undefined
  }
}

/**
 * A checked selection.
 *
 * @category models
 * @since 0.1.0
 */
export interface Selection {
  readonly users: ReadonlyArray<UserId>
  /** The sessions of the one user, where they are named. */
  readonly ids: ReadonlyArray<SessionId> | undefined
  /** What is given to the API as its filter. */
  readonly titleContains: string | undefined
  /** What a title must fulfil; nothing with `all` and with `ids`. */
  readonly where: ReadonlyArray<Condition>
  /** Why a session is kept, if it is. */
  readonly keep: Keepers.Keeper
  /** How many rules there are to keep by, files counting one. */
  readonly keepRules: number
}

/**
 * What becomes of a session.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Chosen"; readonly entry: PlanEntry }
  | {
      readonly _tag: "Kept"
      readonly entry: { readonly sessionId: string; readonly userId: UserId; readonly title?: string | undefined }
      /** To be read after "it is kept, since": "it has no title". */
      readonly rule: string
    }

/**
 * Checks a selection.
 *
 * **Example** (The drafts of two users, without what the legal department holds)
 *
 * ```ts
 * import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
 * import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
 * import { Selection } from "@powerdrill-sessions/purge"
 * import { Effect, FileSystem } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const fs = yield* FileSystem.FileSystem
 *   const selection = yield* Effect.fromResult(
 *     Selection.make({
 *       users: ["tmm-1", "tmm-2"],
 *       titleGlob: "Draft *",
 *       keep: ["04b6-11ef", { titleContains: "Q4", because: "the auditors are at it" }],
 *       keepFiles: [{ path: "holds.txt", text: yield* fs.readFileString("holds.txt") }]
 *     })
 *   )
 *   const { baseUrl } = yield* PowerdrillConfig
 *   const plan = yield* Selection.plan(selection, "plan.jsonl", { baseUrl })
 *   yield* Effect.log(`${plan.header.count} sessions chosen, ${plan.header.kept} kept: ${plan.header.selection}`)
 * }).pipe(Effect.provide([Sessions.layerFetch, PowerdrillConfig.layerConfig(), NodeFileSystem.layer]))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Result.Result<Selection, InvalidSelection> =>
  Result.gen(function* () {
    const users = Array.dedupe(yield* checkAll("users", options.users, checkUser))
    if (users.length === 0) return yield* invalid({ field: "users", reason: "it names no user" })
    const where = yield* Result.mapError(conditions(options), toError)
    const ids = options.ids === undefined ? undefined : Array.dedupe(yield* checkAll("ids", options.ids, checkId))
    const choices = [options.all === true, ids !== undefined, where.length > 0].filter((given) => given).length
    if (choices !== 1) {
      const found = choices === 0 ? "it does not say which sessions" : "all, ids and title rules exclude each other"
      return yield* invalid({ field: "all", reason: `${found}; give a title rule, or ids, or all: true` })
    }
    if (ids !== undefined && users.length > 1) {
      return yield* invalid({ field: "users", reason: "ids are those of one user; make a selection for each" })
    }
    const rules = (options.keep ?? []).map((rule, index) => Keepers.ofRule(rule, index + 1, ids === undefined))
    const keepers = yield* Result.mapError(
      Result.all([...rules, ...(options.keepFiles ?? []).map(Keepers.ofFile)]),
      toError
    )
    return {
      users,
      ids,
      titleContains: options.titleContains,
      where,
      keep: (session) => {
        for (const reasonFor of keepers) {
          const reason = reasonFor(session)
          if (reason !== undefined) return reason
        }
        return undefined
      },
      keepRules: keepers.length
    }
  })

/**
 * Reads session ids from text: one on a line, blank lines and those that begin with `#` skipped. It fails with the first
 * line that has something else, of which `at` is the number.
 *
 * @category constructors
 * @since 0.1.0
 */
export const idsOf = (text: string): Result.Result<ReadonlyArray<SessionId>, InvalidSelection> =>
  Result.all(
    text
      .split(/\r?\n/)
      .flatMap((line, index) =>
        line.trim() === "" || line.startsWith("#") ? [] : [check("line", index, line, checkId)]
      )
  )

/**
 * The selection on one line, for those who read the plan.
 *
 * @category deciding
 * @since 0.1.0
 */
export const describe = ({ ids, keepRules, users, where }: Selection): string => {
  const named = users.slice(0, 3).map(quote).join(", ")
  const more = users.length > 3 ? ` and ${users.length - 3} more` : ""
  const whose = `${users.length === 1 ? "user" : "users"} ${named}${more}`
  const kept = keepRules === 0 ? "" : `, without what ${keepRules === 1 ? "a rule keeps" : `${keepRules} rules keep`}`
  if (ids !== undefined)
    return `${ids.length === 1 ? "1 session" : `${ids.length} sessions`} of ${whose}, named by id${kept}`
  return where.length === 0
    ? `all sessions of ${whose}${kept}`
    : `sessions of ${whose} with a title ${where.map(({ words }) => words).join(" and ")}${kept}`
}

/**
 * Decides about a session that was listed for a user.
 *
 * @category deciding
 * @since 0.1.0
 */
export const decide = (
  selection: Selection,
  userId: UserId,
  summary: Pick<SessionSummary, "id" | "userId" | "title">
): Decision => {
  const { id, title } = summary
  const entry = { sessionId: id, userId, ...(title === undefined ? undefined : { title }) }
  const kept = (rule: string): Decision => ({ _tag: "Kept", entry, rule })
  if (summary.userId !== undefined && summary.userId !== userId) {
    return kept(`it is listed as a session of another user, ${quote(summary.userId)}`)
  }
  if (title === undefined && selection.where.length > 0) return kept("it has no title, and is to be chosen by one")
  const unfulfilled = selection.where.find(({ holds }) => !holds(title ?? ""))
  if (unfulfilled !== undefined) return kept(`its title is not one ${unfulfilled.words}`)
  const rule = selection.keep(summary)
  if (rule !== undefined) return kept(rule)
  const sessionId = checkId(id)
  if (Result.isFailure(sessionId)) return kept(`its id cannot be sent: it ${sessionId.failure.rule}`)
  return { _tag: "Chosen", entry: new PlanEntry({ sessionId: sessionId.success, userId, title }) }
}

/**
 * Decides about every session of a selection, user after user.
 *
 * **Details**
 *
 * Where sessions are named by id, nothing is listed. It fails with `ReadFailed` where sessions cannot be listed: what was
 * decided until then is not all there is.
 *
 * @category deciding
 * @since 0.1.0
 */
export const decisions = (selection: Selection): Stream.Stream<Decision, ReadFailed, Sessions> => {
  const { ids, titleContains, users } = selection
  return Stream.flatMap(Stream.fromIterable(users), (userId) => {
    if (ids !== undefined) return Stream.map(Stream.fromIterable(ids), (id) => decide(selection, userId, { id }))
    return Stream.unwrap(Sessions.useSync((sessions) => sessions.list({ userId, titleContains }))).pipe(
      Stream.map((summary) => decide(selection, userId, summary))
    )
  })
}

/**
 * Writes the plan of a selection: what is chosen is in it, with the selection in words and the number of those kept.
 *
 * **Details**
 *
 * `onKept` is told of each that is kept, with the rule. It fails as {@link decisions} and `Plan.write` do; then there is
 * no plan.
 *
 * @category deciding
 * @since 0.1.0
 */
export const plan = (
  selection: Selection,
  path: string,
  options: {
    readonly baseUrl: string
    readonly overwrite?: boolean | undefined
    readonly onKept?: ((decision: Extract<Decision, { _tag: "Kept" }>) => Effect.Effect<void>) | undefined
  }
): Effect.Effect<Plan.Plan, ReadFailed | Plan.PlanError, Sessions | FileSystem.FileSystem> =>
  Effect.suspend(() => {
    const { baseUrl, onKept = () => Effect.void, overwrite } = options
    let kept = 0
    const entries = decisions(selection).pipe(
      Stream.tap((decision) => {
        if (decision._tag === "Chosen") return Effect.void
        kept++
        return onKept(decision)
      }),
      Stream.filter((decision) => decision._tag === "Chosen"),
      Stream.map(({ entry }) => entry)
    )
    return Plan.write(path, {
      baseUrl,
      overwrite,
      selection: describe(selection),
      entries,
      kept: Effect.sync(() => kept)
    })
  })
