/**
 * `powerdrill-sessions emulator`
 *
 * @since 0.1.0
 */
import { Emulator, FaultPlan } from "@powerdrill-sessions/emulator"
import { Effect, FileSystem, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { duration, readable } from "./Settings.ts"
import { Stop } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export const emulatorCommand = Command.make(
  "emulator",
  {
    port: Flag.Int("port").pipe(
      Flag.withDescription("The port on 127.0.0.1; 0 picks a free one. Default: 4010"),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
      Flag.withDefault(4010)
    ),
    seedSessions: Flag.Int("seed-sessions").pipe(
      Flag.withDescription("How many sessions exist at the start. Default: 3"),
      Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
      Flag.withDefault(3)
    ),
    latency: duration("latency").pipe(
      Flag.withDescription("How long each answer takes, half of it before the server acts"),
      Flag.optional
    ),
    rate: Flag.Int("rate").pipe(
      Flag.withDescription("Requests per second that are answered, as documented: 20; 0 for no limit"),
      Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
      Flag.withDefault(20)
    ),
    faults: Flag.String("faults").pipe(
      Flag.withDescription("Fail on purpose: a fault plan, as JSON"),
      Flag.withMetavar("FILE"),
      Flag.optional
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Which of the faults of chance come about"), Flag.withDefault(0)),
    adminPort: Flag.Int("admin-port").pipe(
      Flag.withDescription("Where other programs read what was truly committed; 0 picks a free one"),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ adminPort, faults, latency, port, rate, seed, seedSessions }) {
    const output = yield* Output
    const stop = yield* Stop
    const emulator = yield* Emulator.make({
      port,
      seed,
      seedSessions,
      rate: rate === 0 ? Infinity : rate,
      adminPort: Option.getOrUndefined(adminPort),
      latency: Option.getOrUndefined(latency),
      faults: Option.isNone(faults) ? undefined : yield* readPlan(faults.value)
    }).pipe(Effect.mapError((error) => usage(error.message)))
    const sessions = yield* emulator.sessions
    yield* output.text(
      welcome(
        emulator,
        sessions.map(({ id }) => id)
      )
    )
    yield* stop.requested
  }, Effect.scoped)
).pipe(
  Command.withDescription("Run a server to practise on: the sessions API on this machine, with its state in memory"),
  Command.withExamples([
    { command: "powerdrill-sessions emulator", description: "Listen on port 4010" },
    { command: "powerdrill-sessions emulator --latency 2s --rate 5", description: "A slow server with a low limit" },
    { command: "powerdrill-sessions emulator --faults plan.json", description: "A server that fails on purpose" }
  ])
)

const readPlan = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* readable("--faults", fs.readFileString(file))
  return yield* Effect.mapError(FaultPlan.fromJson(text), (error) => usage(`${file}: ${error.message}`))
})

const welcome = ({ adminUrl, apiKey, baseUrl, userId }: Emulator["Service"], ids: ReadonlyArray<string>): string =>
  [
    `The sessions API is at ${baseUrl}`,
    `Its documentation is at ${new URL("/docs", baseUrl)}`,
    ...(adminUrl === undefined ? [] : [`What it truly did is at ${adminUrl}`]),
    "",
    "In another shell:",
    `  export POWERDRILL_BASE_URL=${baseUrl}`,
    `  export POWERDRILL_PROJECT_API_KEY=${apiKey}`,
    `  export POWERDRILL_USER_ID=${userId}`,
    "  powerdrill-sessions list",
    ...ids.slice(0, 1).map((id) => `  powerdrill-sessions delete ${id}`),
    `  curl -H "x-pd-api-key: ${apiKey}" "${baseUrl}/v1/team/sessions?userId=${encodeURIComponent(userId)}"`,
    "",
    `It holds ${ids.length} sessions${ids.length === 0 ? "" : ":"}`,
    ...ids.slice(0, 10).map((id) => `  ${id}`),
    ...(ids.length > 10 ? [`  … and ${ids.length - 10} more`] : []),
    "",
    "Ctrl-C stops it."
  ].join("\n")
