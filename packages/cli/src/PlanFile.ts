/**
 * The plan of a command, the ledger beside it, and what their refusals mean to the shell.
 *
 * @since 0.1.0
 */
import type { PowerdrillConfig } from "@powerdrill-sessions/core"
import { Ledger, type LedgerError, Plan } from "@powerdrill-sessions/purge"
import { Effect, FileSystem } from "effect"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { exitOnSignal, type Stop } from "./Stop.ts"

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
 * Sees to it that the ledger is that of the plan beside it, where there is one: another plan, or one that was edited, is
 * exit code 2. Where there is none, it says that the plan was not looked at.
 *
 * @since 0.1.0
 */
export const compare = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<void, Exit, Ledger | Output | FileSystem.FileSystem | Stop> {
  const fs = yield* FileSystem.FileSystem
  const output = yield* Output
  const { plan } = yield* Ledger
  // One that may not be looked at is opened, which says why it cannot be.
  if (!(yield* Effect.orElseSucceed(fs.exists(path), () => true))) {
    return yield* output.note(`There is no plan at ${path}: it was not looked at, the ledger alone was.`)
  }
  const { header } = yield* open(path)
  if (header.digest === plan.digest && header.baseUrl === plan.baseUrl) return
  return yield* usage(
    `The ledger is not that of the plan beside it: it is that of ${plan.digest.slice(0, 8)} of ${plan.baseUrl}, and the ` +
      `plan is ${header.digest.slice(0, 8)} of ${header.baseUrl}.`
  )
})

/**
 * A ledger that cannot be used, before anything was sent: exit code 2.
 *
 * @since 0.1.0
 */
export const orUsage = <A, R>(effect: Effect.Effect<A, LedgerError, R>): Effect.Effect<A, Exit, R> =>
  Effect.mapError(effect, ({ message }) => usage(message))

/**
 * What a ledger that does not prove anything means to the shell.
 *
 * @since 0.1.0
 */
export const toExit = ({ message, problem }: LedgerError): Exit =>
  problem === "altered" || problem === "unreadable" ? new Exit({ code: ExitCode.notDeleted, message }) : usage(message)

/**
 * A path as a shell reads it.
 *
 * @since 0.1.0
 */
export const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
