/**
 * `powerdrill-sessions emulator`
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import { duration } from "./Settings.ts"

/**
 * @since 0.1.0
 */
export const flags = {
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
}

/**
 * @since 0.1.0
 */
export const emulatorCommand = Command.make(
  "emulator",
  flags,
  Handler.load(() => import("./Emulation.ts"))
).pipe(
  Command.withDescription("Run a server to practise on: the sessions API on this machine, with its state in memory"),
  Command.withExamples([
    { command: "powerdrill-sessions emulator", description: "Listen on port 4010" },
    { command: "powerdrill-sessions emulator --latency 2s --rate 5", description: "A slow server with a low limit" },
    { command: "powerdrill-sessions emulator --faults plan.json", description: "A server that fails on purpose" }
  ])
)
