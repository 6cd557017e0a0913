/**
 * `powerdrill-sessions plan -o <plan>`
 *
 * @since 0.1.0
 */
import type { PowerdrillConfig, ReadFailed } from "@powerdrill-sessions/core"
import { Plan, Selection } from "@powerdrill-sessions/purge"
import { Effect, FileSystem, Option, type Result, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import { fit } from "./Progress.ts"
import { Seen, shown } from "./Seen.ts"
import * as PlanFile from "./PlanFile.ts"
import * as SessionIds from "./SessionIds.ts"
import * as Settings from "./Settings.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

const noAge = "Sessions cannot be selected by age: the API tells no times of them, and its ids hold none."

const flags = {
  sessionIds: Argument.String("session-id").pipe(
    Argument.withDescription("Sessions by their ids; - reads ids from standard input, one per line"),
    Argument.variadic()
  ),
  output: Flag.String("output").pipe(
    Flag.withAlias("o"),
    Flag.withDescription("The file of the plan, such as plan.jsonl"),
    Flag.withMetavar("FILE")
  ),
  force: Flag.Boolean("force").pipe(
    Flag.withDescription("Replace the file where there is one"),
    Flag.withDefault(false)
  ),
  userId: Flag.String("user-id").pipe(
    Flag.withDescription("The user whose sessions they are; may be repeated. Default: POWERDRILL_USER_ID"),
    Flag.atLeast(0)
  ),
  all: Flag.Boolean("all").pipe(Flag.withDescription("Every session of the users"), Flag.withDefault(false)),
  titleContains: Flag.String("title-contains").pipe(
    Flag.withDescription(`Sessions with this text in their title. (${noAge})`),
    Flag.withMetavar("TEXT"),
    Flag.optional
  ),
  titleGlob: Flag.String("title-glob").pipe(
    Flag.withDescription(
      'Sessions whose whole title is like this: "Draft *", with * for any text and ? for a character'
    ),
    Flag.withMetavar("GLOB"),
    Flag.optional
  ),
  titleRegex: Flag.String("title-regex").pipe(
    Flag.withDescription("Sessions in whose title this regular expression is found"),
    Flag.withMetavar("REGEX"),
    Flag.optional
  ),
  idsFile: Flag.String("ids-file").pipe(
    Flag.withDescription("Sessions by their ids in a file, one per line; what begins with # is skipped"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  keep: Flag.String("keep").pipe(
    Flag.withDescription("A session to keep, whatever selects it; may be repeated"),
    Flag.withMetavar("ID"),
    Flag.atLeast(0)
  ),
  keepFile: Flag.String("keep-file").pipe(
    Flag.withDescription("A file of sessions to keep, as of the plugin protectFile; may be repeated"),
    Flag.withMetavar("FILE"),
    Flag.atLeast(0)
  ),
  keepTitleGlob: Flag.String("keep-title-glob").pipe(
    Flag.withDescription("Sessions with a title like this are kept; may be repeated"),
    Flag.withMetavar("GLOB"),
    Flag.atLeast(0)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription(
      "One JSON object on standard output for each session that is kept or chosen, and for the plan"
    ),
    Flag.withDefault(false)
  ),
  words: Flag.Boolean("words").pipe(
    Flag.withDescription("For scripts: nothing on standard output but the words that `purge --confirm` takes"),
    Flag.withDefault(false)
  )
}

/**
 * @since 0.1.0
 */
export const planCommand = Command.make(
  "plan",
  { ...flags, ...settings, ...Telemetry.flags },
  Effect.fnUntraced(function* (given) {
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
).pipe(
  Command.withDescription(
    "Choose sessions, and write the list of what is to be deleted to a file. It deletes nothing: `purge` does, by this " +
      "list and no other.\n\n" +
      `Say which sessions: --all, a title, or their ids. ${noAge}\n\n` +
      "Exit codes: 0 there is a plan, 1 sessions could not be listed, 2 usage, 4 unauthorized or forbidden, 130/143 " +
      "interrupted."
  ),
  Command.withShortDescription("Choose sessions, and write a plan to purge by"),
  Command.withExamples([
    { command: 'powerdrill-sessions plan --title-glob "Draft *" -o plan.jsonl', description: "The drafts of a user" },
    {
      command: "powerdrill-sessions plan --user-id tmm-1 --user-id tmm-2 --all --keep 04b6… -o plan.jsonl",
      description: "All sessions of two users but one"
    },
    { command: "powerdrill-sessions plan - -o plan.jsonl < ids.txt", description: "By their ids" }
  ])
)

type Given = Command.Command.Config.Infer<typeof flags>

/** What the flags select. */
const select = Effect.fnUntraced(function* (given: Given, users: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const keepFiles = yield* Effect.forEach(given.keepFile, (path) =>
    Effect.map(Settings.readable("--keep-file", fs.readFileString(path)), (text) => ({ path, text }))
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
  const fromFile =
    file === undefined
      ? []
      : yield* made(Selection.idsOf(yield* Settings.readable("--ids-file", fs.readFileString(file))))
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
