/**
 * The program: its commands, and what its end means to the shell.
 *
 * @since 0.1.0
 */
// Runs with many ids are long.
import "@powerdrill-sessions/core/deno"
import { Cause, Console, Effect, Exit as EffectExit, Layer, Logger, Runtime } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { deleteCommand } from "./DeleteCommand.ts"
import { emulatorCommand } from "./EmulatorCommand.ts"
import { Exit, ExitCode } from "./ExitCode.ts"
import { ledgerCommand } from "./LedgerCommand.ts"
import { listCommand } from "./ListCommand.ts"
import { Output } from "./Output.ts"
import { planCommand } from "./PlanCommand.ts"
import { purgeCommand } from "./PurgeCommand.ts"
import { reportCommand } from "./ReportCommand.ts"
import * as Services from "./Services.ts"
import { statusCommand } from "./StatusCommand.ts"
import { cancelCommand, pauseCommand, resumeCommand } from "./SteeringCommands.ts"
import { Stop } from "./Stop.ts"
import { verifyCommand } from "./VerifyCommand.ts"
import { version } from "./Version.ts"

// Only what was asked for goes to stdout: help that was not is for people's eyes.
const presenter = CliOutput.layerPresenter({
  present: (event) => {
    const formatter = CliOutput.defaultFormatter({ colors: false })
    if (event._tag === "InvalidInvocation") {
      const command = event.commandPath.join(" ")
      return Console.error(`${formatter.formatErrors(event.errors).trim()}\n\nRun ${command} --help for help.`)
    }
    return event._tag === "Help" && event.reason === "Implicit"
      ? Console.error(formatter.formatHelpDoc(event.helpDoc))
      : CliOutput.defaultPresenter.present(event)
  }
})

const command = Command.make("powerdrill-sessions").pipe(
  Command.withDescription("Delete Powerdrill sessions, and know what became of each"),
  Command.withSubcommands([
    deleteCommand,
    listCommand,
    planCommand,
    purgeCommand,
    statusCommand,
    pauseCommand,
    resumeCommand,
    cancelCommand,
    verifyCommand,
    reportCommand,
    ledgerCommand,
    emulatorCommand
  ]),
  Command.withExamples([
    { command: "powerdrill-sessions emulator", description: "Run a server to practise on" },
    { command: "powerdrill-sessions list --user-id tmm-…", description: "List the sessions of a user" },
    { command: "powerdrill-sessions delete 04b6… --user-id tmm-…", description: "Delete one session; asks first" }
  ])
)

const program = Effect.suspend(() => Command.runWith(command, { version: version() })(process.argv.slice(2))).pipe(
  Effect.catchTag("Exit", (exit) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (exit.message !== "") yield* output.note(exit.message)
      return yield* exit
    })
  ),
  Effect.provide(Layer.provideMerge(Output.layer, Layer.provideMerge(Stop.layer, Services.layerUnused))),
  Effect.provide([
    presenter,
    CliConfig.layer({ builtIns: GlobalFlag.BuiltIns.filter((flag) => flag !== GlobalFlag.Wizard) })
  ]),
  Effect.provideService(Logger.LogToStderr, true)
)

/**
 * Runs the program of this process to its end.
 *
 * @since 0.1.0
 */
export const main = (): void => {
  run(program, { disableErrorReporting: true })
}

const run = Runtime.makeRunMain(({ fiber }) => {
  fiber.addObserver((exit) => process.exit(toExitCode(exit)))
})

const toExitCode = (exit: EffectExit.Exit<unknown, unknown>): number => {
  if (EffectExit.isSuccess(exit)) return ExitCode.allDeleted
  const error = Cause.squash(exit.cause)
  if (error instanceof Exit) return error.code
  if (CliError.isCliError(error)) return ExitCode.usage
  // A defect of this program.
  process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
  return ExitCode.notDeleted
}
