/**
 * What `list` does.
 *
 * @since 0.1.0
 */
import { type ReadFailed, Sessions } from "@powerdrill-sessions/core"
import { Effect, Option, Stream } from "effect"
import type { Command } from "effect/cli"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import type { flags } from "./ListCommand.ts"
import { Output } from "./Output.ts"
import * as Row from "./Row.ts"
import * as Settings from "./Settings.ts"
import { Stop } from "./Stop.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (given: Command.Command.Config.Infer<typeof flags>) {
  const output = yield* Output
  const stop = yield* Stop
  const { config, userId } = yield* Settings.resolve({ ...given, verify: Option.none() })
  const titleContains = Option.getOrUndefined(given.titleContains)
  const listing = Effect.flatMap(Sessions, (sessions) =>
    Stream.runCollect(sessions.list({ userId, titleContains }))
  ).pipe(Effect.mapError(toExit), Effect.provide([Deletion.layer(config), Telemetry.layer(given)]))

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
  for (const line of given.json ? sessions.map(Row.toJson) : Row.toTable(sessions)) {
    if (stop.isRequested()) break
    yield* output.text(line)
  }
  yield* output.note(`${sessions.length} ${sessions.length === 1 ? "session" : "sessions"}.`)
  const signal = stop.signal()
  if (signal !== undefined) return yield* new Exit({ code: ExitCode[signal], message: "Interrupted." })
}, Effect.scoped)

const flagNames: Readonly<Record<string, string>> = { userId: "--user-id", titleContains: "--title-contains" }

const toExit = (error: ReadFailed): Exit => {
  const { field = "", reason, rule } = error
  if (reason === "invalid-request") return usage(`Nothing was sent. ${flagNames[field] ?? field} ${rule}.`)
  const isRefused = reason === "unauthorized" || reason === "forbidden"
  return new Exit({ code: isRefused ? ExitCode.unauthorized : ExitCode.notDeleted, message: error.message })
}
