/**
 * Sessions that must never be deleted: a guard over a list of ids and patterns, in the program or in a file.
 *
 * Whatever is wrong with the list is a no: a rule that cannot be understood protects everything until it is mended.
 *
 * @since 0.1.0
 */
import { Effect, FileSystem, Predicate, RegExp as Regex, Result, Schema } from "effect"
import { SessionId } from "../DeleteRequest.ts"
import * as Prose from "../internal/prose.ts"
import { Plugin } from "../Plugin.ts"

/**
 * What must not be deleted: an id, or a pattern, and why.
 *
 * **Details**
 *
 * An id protects the session of exactly this id: case, white space and the form of Unicode count, and `*` is a
 * character like any other. A pattern protects every id that it is found in: `/^legal-/` all that begin with `legal-`,
 * `/legal/` all that have it anywhere. It is copied, and the flags `g` and `y` carry nothing over from id to id.
 *
 * **Gotchas**
 *
 * There are no globs: those of paths would stop at a `/` in an id and pass over a dot at its beginning.
 *
 * @category models
 * @since 0.1.0
 */
export type ProtectRule =
  | string
  | RegExp
  | { readonly id: string; readonly because?: string | undefined }
  | { readonly pattern: RegExp; readonly because?: string | undefined }

/**
 * @category models
 * @since 0.1.0
 */
export interface ProtectOptions {
  /** Tells it from other plugins. Default: `protect`. */
  readonly name?: string | undefined
}

/**
 * A guard that refuses to delete the sessions of a list. The reason of its veto names the rule, and says why it is there
 * where the rule says so.
 *
 * **Gotchas**
 *
 * A rule that no session can have, such as the empty string or the value of a variable that is not set, makes it refuse
 * every call: what it was meant to protect is not known.
 *
 * **Example** (Legal holds and a customer)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { protect } from "@powerdrill-sessions/core/plugins"
 *
 * const holds = protect([{ id: "04b6", because: "legal hold 4711" }, /^acme-/], { name: "holds" })
 *
 * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(holds)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const protect = (rules: ReadonlyArray<ProtectRule>, options: ProtectOptions = {}): Plugin => {
  const reasons = protection(rules)
  return Plugin.make({
    name: options.name ?? defaultName,
    before: ({ sessionId }) =>
      Result.match(reasons, {
        onSuccess: (reasonFor) => refuse(reasonFor(sessionId)),
        onFailure: (reason) => Plugin.veto(reason, { broken: true })
      })
  })
}

/**
 * The same as {@link protect}, with the list in a file, which is read before each call: what is in it now counts.
 *
 * **Details**
 *
 * A rule a line, in UTF-8:
 *
 * ```text
 * # Lines that begin with # say nothing, and neither do empty ones.
 * 04b6-11ef
 * 5c7d-22f0   # legal hold 4711
 * /^acme-/i   # every session of Acme
 * ```
 *
 * - A line that begins with `/` is a regular expression as JavaScript writes it. Any other is an id.
 * - After white space, `#` begins the reason. White space around an id is not part of it, and there is none inside: an id
 *   with white space or `#` in it, or a `/` in front, is written as a pattern.
 *
 * Building it fails with {@link InvalidProtectFile} where the file cannot be read or a line cannot be understood. When
 * that happens later, every call is refused until the file is mended, and the veto says what is wrong.
 *
 * **Gotchas**
 *
 * - An empty file is refused: an editor may be about to write it. To protect nothing, leave a comment in it.
 * - Replace the file by renaming another over it: one that is written in place can be read when half of it is there.
 * - The path is looked up anew for each call, against the working directory of that moment.
 *
 * **Example** (A list that the legal department keeps)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { protectFile } from "@powerdrill-sessions/core/plugins"
 *
 * // Needs `FileSystem`, such as that of `NodeServices.layer` from `@effect/platform-node`.
 * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(protectFile("/etc/legal-holds.txt"))))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const protectFile = Effect.fnUntraced(function* (
  path: string,
  options: ProtectOptions = {}
): Effect.fn.Return<Plugin, InvalidProtectFile, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  // Neither time nor size tells every edit apart: the file is read each time, and understood again if it says something
  // else.
  let last: { readonly text: string; readonly reasonFor: Protection } | undefined
  const current = files.readFile(path).pipe(
    Effect.mapError(({ reason }) => new InvalidProtectFile({ path, reason: `it cannot be read (${reason._tag})` })),
    Effect.flatMap((bytes) => Effect.fromResult(toText(path, bytes))),
    Effect.flatMap((text) => {
      if (last?.text === text) return Effect.succeed(last.reasonFor)
      return Effect.map(Effect.fromResult(parse(path, text)), (rules) => {
        last = { text, reasonFor: toProtection(rules) }
        return last.reasonFor
      })
    })
  )
  yield* current
  return Plugin.make({
    name: options.name ?? defaultName,
    before: ({ sessionId }) =>
      Effect.matchEffect(current, {
        onSuccess: (reasonFor) => refuse(reasonFor(sessionId)),
        onFailure: ({ message }) => Plugin.veto(`nothing may be deleted now. ${message}`, { broken: true })
      })
  })
})

/**
 * The file of {@link protectFile} cannot be read, or not be understood. Nothing may be deleted.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidProtectFile extends Schema.TaggedError<InvalidProtectFile>()("InvalidProtectFile", {
  path: Schema.String,
  /** The line that cannot be understood, counted from 1. (Bun's errors have a `line` of their own.) */
  atLine: Schema.optionalKey(Schema.Int),
  /** What is wrong, and what to write instead. */
  reason: Schema.String
}) {
  override get message() {
    const where = this.atLine === undefined ? "" : `line ${this.atLine}: `
    return `The list of protected sessions in ${Prose.quote(this.path)} cannot be used: ${where}${this.reason}.`
  }
  override toJSON() {
    return Prose.json(this)
  }
}

/**
 * Why the session of an id must not be deleted, if it must not: "it is protected by the rule …".
 *
 * @category models
 * @since 0.1.0
 */
export type Protection = (sessionId: string) => string | undefined

/**
 * What {@link protect} goes by, for whoever decides before a call: a list of what is to be deleted can leave out at once
 * what could not be deleted later. It fails, with why, where a rule is neither an id nor a pattern.
 *
 * @category deciding
 * @since 0.1.0
 */
export const protection = (rules: ReadonlyArray<ProtectRule>): Result.Result<Protection, string> =>
  Result.map(Result.all(rules.map(readRule)), toProtection)

/**
 * The same for the text of a file as {@link protectFile} reads it; the path is for the reasons.
 *
 * @category deciding
 * @since 0.1.0
 */
export const protectionOfFile = (path: string, text: string): Result.Result<Protection, InvalidProtectFile> =>
  Result.map(parse(path, text), toProtection)

const defaultName = "protect"

const refuse = (reason: string | undefined) => (reason === undefined ? Effect.void : Plugin.veto(reason))

interface Rule {
  readonly match: string | RegExp
  readonly because?: string | undefined
  /** Where it is written, as the veto says it. */
  readonly where: string
}

const toProtection = (rules: ReadonlyArray<Rule>): Protection => {
  const ids = new Map<string, string>()
  const patterns: Array<readonly [pattern: RegExp, reason: string]> = []
  for (const { because, match, where } of rules) {
    const why = because === undefined || because === "" ? "" : `: ${Prose.quote(because)}`
    const reason = `it is protected by the rule ${show(match)}${where}${why}`
    if (Predicate.isString(match)) ids.set(match, ids.get(match) ?? reason)
    else patterns.push([match, reason])
  }
  // `search` begins at the start of the id whatever the flags, which `test` does not.
  return (id) => ids.get(id) ?? patterns.find(([pattern]) => id.search(pattern) !== -1)?.[1]
}

const show = (match: string | RegExp): string => {
  const text = String(match)
  return Predicate.isString(match) || !/^[ -~]{1,200}$/.test(text) ? Prose.quote(text) : text
}

const isId = Schema.is(SessionId)

/** A rule as a program gives it, which may be written in JavaScript. */
const readRule = (rule: unknown, index: number): Result.Result<Rule, string> => {
  const because = Predicate.hasProperty(rule, "because") && Predicate.isString(rule.because) ? rule.because : undefined
  const match = Predicate.hasProperty(rule, "id")
    ? rule.id
    : Predicate.hasProperty(rule, "pattern")
      ? rule.pattern
      : rule
  if (Regex.isRegExp(match)) return Result.succeed({ match: new RegExp(match), because, where: "" })
  if (isId(match)) return Result.succeed({ match, because, where: "" })
  return Result.fail(`nothing may be deleted while its rule ${index + 1} is neither an id nor a pattern`)
}

const toText = (path: string, bytes: Uint8Array): Result.Result<string, InvalidProtectFile> =>
  Result.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new InvalidProtectFile({ path, reason: "it is not text in UTF-8" })
  })

const parse = (path: string, text: string): Result.Result<ReadonlyArray<Rule>, InvalidProtectFile> => {
  if (text.trim() === "") {
    const reason = "it is empty, as if it were about to be written; to protect nothing, leave a comment in it"
    return Result.fail(new InvalidProtectFile({ path, reason }))
  }
  const rules: Array<Rule> = []
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const content = line.trim()
    if (content === "" || content.startsWith("#")) continue
    const rule = content.startsWith("/") ? parsePattern(content) : parseId(content)
    if (Result.isFailure(rule)) {
      return Result.fail(new InvalidProtectFile({ path, atLine: index + 1, reason: rule.failure }))
    }
    rules.push({ ...rule.success, where: ` in line ${index + 1} of ${Prose.quote(path)}` })
  }
  return Result.succeed(rules)
}

type Parsed = Result.Result<Omit<Rule, "where">, string>

const parseId = (content: string): Parsed => {
  const [, id, because] = /^([^\s#]+)(?:\s+#\s*(.*))?$/s.exec(content) ?? []
  if (id === undefined)
    return Result.fail(
      "an id has neither white space nor # in it; write white space and # before a reason, or a pattern"
    )
  // A character that nobody sees was pasted along with the id, which then protects nothing.
  return isId(id) && !/\p{Cf}/u.test(id)
    ? Result.succeed({ match: id, because })
    : Result.fail("it has characters that no id has; write the id again, or a pattern")
}

/** Ends where a regular expression ends in JavaScript: at the first slash that is neither escaped nor in a class. */
const parsePattern = (content: string): Parsed => {
  const literal = /^\/((?:[^\\/[]|\\.|\[(?:[^\\\]]|\\.)*\])+)\/(\w*)(?:\s+#\s*(.*))?$/s
  const [, source, flags, because] = literal.exec(content) ?? []
  if (source === undefined) return Result.fail("it begins with / and is no pattern; write /pattern/, a reason after #")
  return Result.try({
    try: () => ({ match: new RegExp(source, flags), because }),
    catch: () => "its pattern is not a regular expression"
  })
}
