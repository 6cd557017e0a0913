/**
 * What `plan` does.
 *
 * @since 0.1.0
 */
import type { PowerdrillConfig, ReadFailed } from "@powerdrill-sessions/core"
import { Plan, Selection } from "@powerdrill-sessions/purge"
import { Effect, Option, type Result, Stream } from "effect"
import type { Command } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import { fit } from "./Progress.ts"
import { Seen, shown } from "./Seen.ts"
import { type flags, noAge } from "./PlanCommand.ts"
import * as PlanFile from "./PlanFile.ts"
import * as SessionIds from "./SessionIds.ts"
import * as Settings from "./Settings.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (given: Given) {
  const { config, defaultUserId } = yield* Settings.resolveConfig({ ...given, verify: Option.none() })
  const users = given.userId.length > 0 ? given.userId : [yield* defaultUserId]
  if (given.output === "-")
    return yield* usage("A plan is a file that `purge` reads: give -o a name, as of plan.jsonl.")
  if (given.json && given.words) return yield* usage("Give --json or --words: the former has the words, too.")
  const selection = yield* select(given, users)
  const { notChosen, plan } = yield* write(selection, config, given).pipe(
    Effect.raceFirst(exitOnSignal("Interrupted: no plan was written, and nothing was deleted.")),
    Effect.provide([Deletion.layer(config), Telemetry.layer(given)]),
    Effect.catchTags({
      ReadFailed: toExit,
      PlanError: ({ message }) => usage(message.replace("say that it may be overwritten", "give --force"))
    })
  )
  yield* show(plan, notChosen, given)
}, Effect.scoped)

type Given = Command.Command.Config.Infer<typeof flags>

/** What the flags select. */
const select = Effect.fnUntraced(function* (given: Given, users: ReadonlyArray<string>) {
  const keepFiles = yield* Effect.forEach(given.keepFile, (path) =>
    Effect.map(Settings.readFile("--keep-file", path), (text) => ({ path, text }))
  )
  const keep = [...given.keep, ...given.keepTitleGlob.map((titleGlob) => ({ titleGlob }))]
  const titles = [given.titleContains, given.titleGlob, given.titleRegex].filter(Option.isSome)
  const isByIds = given.sessionIds.length > 0 || Option.isSome(given.idsFile)
  if ([given.all, titles.length > 0, isByIds].filter((way) => way).length !== 1) {
    return yield* usage(
      "Say which sessions, in one way: --all, or --title-contains, --title-glob or --title-regex, or ids (as arguments, - " +
        `for standard input, or --ids-file). ${noAge}`
    )
  }
  if (!isByIds) {
    return yield* made(
      Selection.make({
        users,
        all: given.all,
        titleContains: Option.getOrUndefined(given.titleContains),
        titleGlob: Option.getOrUndefined(given.titleGlob),
        titleMatches: Option.getOrUndefined(given.titleRegex),
        keep,
        keepFiles
      })
    )
  }
  const [user = "", ...others] = users
  if (others.length > 0) return yield* usage("Ids are those of one user: make a plan for each --user-id.")
  const file = Option.getOrUndefined(given.idsFile)
  const fromFile = file === undefined ? [] : yield* made(Selection.idsOf(yield* Settings.readFile("--ids-file", file)))
  const ids = [...fromFile, ...(yield* SessionIds.read(given.sessionIds))]
  return yield* made(Selection.make({ users: [user], ids, keep, keepFiles }))
})

const made = <A>(result: Result.Result<A, Selection.InvalidSelection>): Effect.Effect<A, Exit> =>
  Effect.mapError(Effect.fromResult(result), ({ message }) => usage(inWordsOfTheShell(message)))

/** The library speaks of options where the shell has flags. */
const inWordsOfTheShell = (message: string): string =>
  message.replace(/\b(titleContains|titleGlob|titleMatches|users|keepFiles)\b/g, (name) => flagNames[name] ?? name)

const flagNames: Readonly<Record<string, string>> = {
  titleContains: "--title-contains",
  titleGlob: "--title-glob",
  titleMatches: "--title-regex",
  users: "--user-id",
  keepFiles: "--keep-file"
}

/** Lists, decides and writes, and tells of what is kept. */
const write = Effect.fnUntraced(function* (
  selection: Selection.Selection,
  { baseUrl }: PowerdrillConfig["Service"],
  given: Given
) {
  const { force, json, output: path, words } = given
  const output = yield* Output
  const seen = new Seen(selection, given.keep)
  const tell = Effect.fnUntraced(function* (decision: Selection.Decision) {
    seen.add(decision)
    if (json && decision._tag === "Kept") {
      yield* output.text(JSON.stringify({ event: "kept", ...entryOf(decision.entry), rule: decision.rule }))
    }
    yield* output.progress((columns) => fit([`${seen.chosen} chosen, ${seen.kept} kept`], columns))
  })
  const entries = Selection.decisions(selection).pipe(
    Stream.tap(tell),
    Stream.filter((decision) => decision._tag === "Chosen"),
    Stream.map(({ entry }) => entry)
  )
  const plan = yield* Plan.write(path, {
    baseUrl,
    selection: Selection.describe(selection),
    entries,
    kept: Effect.sync(() => seen.kept),
    overwrite: force
  }).pipe(Effect.ensuring(output.progress(undefined)))
  if (!json && !words) {
    yield* Effect.forEach(seen.toShow, ({ entry, rule }) =>
      output.text(`keep    ${inText(entry)}  since ${Line.visible(rule)}`)
    )
    if (seen.kept > shown) yield* output.text(`…       and ${seen.kept - shown} more to keep`)
  }
  yield* Effect.forEach(seen.warnings, (warning) => output.note(`Warning: ${warning}`))
  return { plan, notChosen: seen.notChosen }
})

const show = Effect.fnUntraced(function* (
  { entries, header, path }: Plan.Plan,
  notChosen: number,
  { json, words }: Given
) {
  const output = yield* Output
  const { count, digest, kept } = header
  const confirmation = Plan.confirmationOf(header)
  const byTitle = notChosen === 0 ? "" : ` (${notChosen} of them not chosen by the title)`
  const summary = `${path}: ${count} to delete, ${kept} kept${byTitle}, digest ${digest.slice(0, 8)}. Nothing was deleted.`
  if (words) return yield* Effect.andThen(output.note(summary), output.text(confirmation))
  yield* entries.pipe(
    json ? (all) => all : Stream.take(shown),
    Stream.runForEach((entry) =>
      output.text(
        json ? JSON.stringify({ event: "chosen", n: entry.n, ...entryOf(entry) }) : `delete  ${inText(entry)}`
      )
    ),
    Effect.mapError(({ message }) => usage(message))
  )
  if (json) {
    const { baseUrl, selection } = header
    return yield* output.text(
      JSON.stringify({ event: "plan", path, baseUrl, selection, count, kept, digest, confirm: confirmation })
    )
  }
  if (count > shown) yield* output.text(`…       and ${count - shown} more to delete`)
  yield* output.note(summary)
  if (count > 0) {
    const next = `powerdrill-sessions purge ${PlanFile.quoted(path)}`
    yield* output.note(`Next: ${next}\nFrom a script: ${next} --confirm "${confirmation}"`)
  }
})

interface Entry {
  readonly sessionId: string
  readonly userId: string
  readonly title?: string | undefined
}

const entryOf = ({ sessionId, title, userId }: Entry) => ({ userId, sessionId, title: title ?? null })

const inText = ({ sessionId, title, userId }: Entry): string =>
  [
    Line.printable(sessionId),
    `of ${Line.printable(userId)}`,
    ...(title === undefined ? [] : [Line.visible(title)])
  ].join("  ")

const toExit = ({ message, reason }: ReadFailed): Exit =>
  new Exit({
    code: reason === "unauthorized" || reason === "forbidden" ? ExitCode.unauthorized : ExitCode.notDeleted,
    message: `${message} No plan was written, and nothing was deleted.`
  })
