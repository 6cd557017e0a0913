/**
 * The plan of a command, the ledger beside it, and what their refusals mean to the shell.
 *
 * @since 0.1.0
 */
import type { PowerdrillConfig } from "@powerdrill-sessions/core"
import { type LedgerError, Plan } from "@powerdrill-sessions/purge"
import { Effect, type FileSystem } from "effect"
import { Argument } from "effect/cli"
import { type Exit, usage } from "./ExitCode.ts"
import { exitOnSignal, type Stop } from "./Stop.ts"

/**
 * The argument that names a plan.
 *
 * @since 0.1.0
 */
export const argument = Argument.String("plan").pipe(
  Argument.withDescription("The file of a plan; its ledger is the file beside it that ends in .ledger.sqlite")
)

/**
 * Opens a plan and checks all of it. One that is refused, or was made for another server, is exit code 2.
 *
 * @since 0.1.0
 */
export const open = (
  path: string,
  config?: PowerdrillConfig["Service"]
): Effect.Effect<Plan.Plan, Exit, FileSystem.FileSystem | Stop> =>
  Plan.open(path, { baseUrl: config?.baseUrl }).pipe(
    Effect.mapError(({ message }) => usage(message.replace("the setting baseUrl", "--base-url"))),
    Effect.raceFirst(exitOnSignal("Interrupted while reading the plan."))
  )

/**
 * A ledger that cannot be used, before anything was sent: exit code 2.
 *
 * @since 0.1.0
 */
export const orUsage = <A, R>(effect: Effect.Effect<A, LedgerError, R>): Effect.Effect<A, Exit, R> =>
  Effect.mapError(effect, ({ message }) => usage(message))
