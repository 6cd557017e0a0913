/**
 * `powerdrill-sessions plan -o <plan>`
 *
 * @since 0.1.0
 */
import { Argument, Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

const { userId: _, verify: __, ...settings } = Settings.flags

/**
 * Why there is no flag for what many look for.
 *
 * @since 0.1.0
 */
export const noAge = "Sessions cannot be selected by age: the API tells no times of them, and its ids hold none."

/**
 * @since 0.1.0
 */
export const flags = {
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
  ),
  ...settings,
  ...Telemetry.flags
}

/**
 * @since 0.1.0
 */
export const planCommand = Command.make(
  "plan",
  flags,
  Handler.load(() => import("./Planning.ts"))
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
