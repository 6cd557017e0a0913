/**
 * `powerdrill-sessions list`
 *
 * @since 0.1.0
 */
import { type ReadFailed, Sessions } from "@powerdrill-sessions/core"
import { Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as Row from "./Row.ts"
import * as Settings from "./Settings.ts"
import { Stop } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

const { verify: _, ...settings } = Settings.flags

/**
 * @since 0.1.0
 */
export const listCommand = Command.make(
  "list",
  {
    titleContains: Flag.String("title-contains").pipe(
      Flag.withDescription("Only sessions with this text in their title, as the API compares it"),
      Flag.withMetavar("TEXT"),
      Flag.optional
    ),
    ...settings,
    ...Telemetry.flags,
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object per session on standard output"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (flags) {
    const output = yield* Output
    const stop = yield* Stop
    const { config, userId } = yield* Settings.resolve({ ...flags, verify: Option.none() })
    const titleContains = Option.getOrUndefined(flags.titleContains)
    const listing = Effect.flatMap(Sessions, (sessions) =>
      Stream.runCollect(sessions.list({ userId, titleContains }))
    ).pipe(Effect.mapError(toExit), Effect.provide([Deletion.layer(config), Telemetry.layer(flags)]))

    // Nothing is printed before all is known: what reads the output may delete by it.
    const listed = yield* Effect.raceFirst(Effect.asSome(listing), Effect.as(stop.requested, Option.none()))
    if (Option.isNone(listed)) {
      const signal = stop.signal()
      return yield* new Exit({
        code: signal === undefined ? ExitCode.notDeleted : ExitCode[signal],
        message: "Interrupted before all sessions were read; none is listed."
      })
    }
    const sessions = listed.value
    for (const line of flags.json ? sessions.map(Row.toJson) : Row.toTable(sessions)) {
      if (stop.isRequested()) break
      yield* output.text(line)
    }
    yield* output.note(`${sessions.length} ${sessions.length === 1 ? "session" : "sessions"}.`)
    const signal = stop.signal()
    if (signal !== undefined) return yield* new Exit({ code: ExitCode[signal], message: "Interrupted." })
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "List the sessions of a user: their ids and titles. It prints all of them, or none and why.\n\n" +
      "Sessions cannot be selected by age: the API gives no times.\n\n" +
      "Exit codes: 0 all listed, 1 the list could not be read, 2 usage (nothing sent), 4 unauthorized or forbidden, " +
      "130/143 interrupted."
  ),
  Command.withShortDescription("List the sessions of a user"),
  Command.withExamples([
    { command: "powerdrill-sessions list --user-id tmm-…", description: "Ids and titles" },
    {
      command: "powerdrill-sessions list --title-contains draft --json | jq -r .sessionId",
      description: "The ids of some, to delete them with `delete -`"
    }
  ])
)

const flagNames: Readonly<Record<string, string>> = { userId: "--user-id", titleContains: "--title-contains" }

const toExit = (error: ReadFailed): Exit => {
  const { field = "", reason, rule } = error
  if (reason === "invalid-request") return usage(`Nothing was sent. ${flagNames[field] ?? field} ${rule}.`)
  const isRefused = reason === "unauthorized" || reason === "forbidden"
  return new Exit({ code: isRefused ? ExitCode.unauthorized : ExitCode.notDeleted, message: error.message })
}
