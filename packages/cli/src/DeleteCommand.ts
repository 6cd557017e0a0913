/**
 * `powerdrill-sessions delete <session-id>…`
 *
 * @since 0.1.0
 */
import { type DeleteRequest, type Plugin, type PowerdrillConfig, toUrl } from "@powerdrill-sessions/core"
import { Effect, Layer, Option, type Scope } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Consent from "./Consent.ts"
import * as Deletion from "./Deletion.ts"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import * as Line from "./Line.ts"
import { Output } from "./Output.ts"
import * as Plugins from "./Plugins.ts"
import * as RunFlags from "./RunFlags.ts"
import * as Services from "./Services.ts"
import * as SessionIds from "./SessionIds.ts"
import * as Settings from "./Settings.ts"
import { Stop } from "./Stop.ts"
import type { Tally } from "./Tally.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * @since 0.1.0
 */
export const deleteCommand = Command.make(
  "delete",
  {
    sessionIds: Argument.String("session-id").pipe(
      Argument.withDescription("The sessions to delete; - reads ids from standard input, one per line"),
      Argument.variadic()
    ),
    ...Settings.flags,
    ...Telemetry.flags,
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDescription("Do not ask; required where there is no terminal to ask at"),
      Flag.withDefault(false)
    ),
    ifExists: Flag.Boolean("if-exists").pipe(
      Flag.withDescription("Count a session that is not there as deleted"),
      Flag.withDefault(false)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Check ids and settings and show what would be sent; send nothing"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object per id on standard output"),
      Flag.withDefault(false)
    ),
    externalTraceId: Flag.String("external-trace-id").pipe(
      Flag.withDescription("A trace id of your own for the vendor's support, 128 characters at most"),
      Flag.optional
    ),
    ...RunFlags.flags
  },
  Effect.fnUntraced(function* (flags): Effect.fn.Return<void, Exit, Output | Scope.Scope | Stop> {
    const output = yield* Output
    const stop = yield* Stop
    if (flags.sessionIds.length === 0)
      return yield* usage("Give at least one session id, or - to read ids from standard input.")
    const { config, userId } = yield* Settings.resolve(flags)
    const ids = yield* SessionIds.read(flags.sessionIds)
    const externalTraceId = Option.getOrUndefined(flags.externalTraceId)
    const requests = yield* Effect.fromResult(SessionIds.toRequests(ids, { userId, externalTraceId }))
    const given = new Map<string, number>()
    for (const id of ids) given.set(id, (given.get(id) ?? 0) + 1)
    const timesGiven = (id: string) => given.get(id) ?? 1
    if (requests.length < ids.length) {
      yield* output.note(`${ids.length} ids were given, ${requests.length} different ones; each is sent once.`)
    }
    const loaded = yield* Plugins.load(flags.plugin)
    if (requests.length === 0) return yield* output.note("Nothing to delete.")

    if (flags.dryRun) return yield* show(requests, config, loaded, flags.json)

    const consented =
      flags.yes ||
      (yield* Consent.ask(question(requests, userId, config.baseUrl), flags.sessionIds.includes("-")).pipe(
        Effect.tapError((exit) =>
          exit.code === ExitCode.usage
            ? Effect.void
            : Effect.forEach(ids, (id) => output.result(Line.skipped(id), flags), { discard: true })
        )
      ))

    const plugins = [Consent.guard(consented), ...loaded]
    const tally = yield* Deletion.run({
      ...flags,
      plugins,
      requests,
      timesGiven,
      policy: RunFlags.policies[flags.retry]
    }).pipe(
      Effect.provide([
        Deletion.layer(config),
        Telemetry.layer(flags),
        // For the hooks of plugins.
        flags.plugin.length === 0 ? Layer.empty : Services.layer
      ])
    )
    yield* output.note(`${tally}.`)
    if (tally.foundNothing) yield* output.note("None of them was there: check the ids, and the project of the key.")
    const code = tally.exitCode(stop.signal())
    if (!consented) return yield* new Exit({ code, message: "Nothing was sent: declined." })
    if (code !== ExitCode.allDeleted) return yield* new Exit({ code, message: explain(code, tally) })
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Delete sessions for good: a deleted session and its job history cannot be recovered.\n\n" +
      "Exit codes: 0 all deleted, 1 not deleted, 2 usage (nothing sent), 3 unknown, 4 unauthorized or forbidden, " +
      "5 declined or vetoed by a plugin, 130/143 interrupted."
  ),
  Command.withShortDescription("Delete sessions for good"),
  Command.withExamples([
    { command: "powerdrill-sessions delete 04b6… --user-id tmm-…", description: "Delete one session; asks first" },
    { command: "powerdrill-sessions delete - --yes --json < ids.txt", description: "Delete many from a script" },
    { command: "powerdrill-sessions delete 04b6… --dry-run", description: "Check, and send nothing" }
  ])
)

const question = (requests: ReadonlyArray<DeleteRequest>, userId: string, baseUrl: string): string => {
  const named = requests.slice(0, 3).map(({ sessionId }) => Line.printable(sessionId))
  const what =
    requests.length === 1
      ? `session ${named.join()}`
      : `${requests.length} sessions (${[...named, ...(requests.length > 3 ? ["…"] : [])].join(", ")})`
  return `Delete ${what} of user ${Line.printable(userId)} at ${baseUrl}? This cannot be undone.`
}

const explain = (code: number, tally: Tally): string => {
  switch (code) {
    case ExitCode.unauthorized:
      return tally.isUnauthorized
        ? "The API refused the key; the rest was skipped."
        : "The API does not permit some of the deletes."
    case ExitCode.unknown:
      return "Run the same command with --if-exists to learn what became of the unknown ones: it is safe to repeat."
    case ExitCode.declined:
      return "Plugins refused some of the deletes; the reasons are in their lines."
    case ExitCode.SIGINT:
    case ExitCode.SIGTERM:
      return `Interrupted after ${tally.ended} of ${tally.total}.`
    default:
      return ""
  }
}

/** What would be sent. */
const show = Effect.fnUntraced(function* (
  requests: ReadonlyArray<DeleteRequest>,
  config: PowerdrillConfig["Service"],
  plugins: ReadonlyArray<Plugin>,
  json: boolean
) {
  const output = yield* Output
  for (const request of requests) {
    const wouldSend = `DELETE ${toUrl(request, config.baseUrl)}`
    yield* json
      ? output.result({ ...Line.skipped(request.sessionId), wouldSend }, { json })
      : output.text(`would send   ${wouldSend}`)
  }
  const asked = plugins.length === 0 ? "" : ` Not asked: ${plugins.map(({ name }) => name).join(", ")}.`
  yield* output.note(`Nothing was sent: a dry run of ${requests.length}.${asked}`)
})
