/**
 * What `emulator` does.
 *
 * @since 0.1.0
 */
import { Emulator, FaultPlan } from "@powerdrill-sessions/emulator"
import { Effect, Option } from "effect"
import type { Command } from "effect/cli"
import type { flags } from "./EmulatorCommand.ts"
import { usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { readFile } from "./Settings.ts"
import { Stop } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* ({
  adminPort,
  faults,
  latency,
  port,
  rate,
  seed,
  seedSessions
}: Command.Command.Config.Infer<typeof flags>) {
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

const readPlan = Effect.fnUntraced(function* (file: string) {
  const text = yield* readFile("--faults", file)
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
