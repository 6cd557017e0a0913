/**
 * `powerdrill-sessions ledger verify <plan>` and `ledger export <plan>`
 *
 * @since 0.1.0
 */
import { Ledger, type LedgerError, LedgerFile } from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { Command } from "effect/cli"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as PlanFile from "./PlanFile.ts"
import { exitOnSignal } from "./Stop.ts"
import * as Target from "./Target.ts"

/** What a ledger that does not prove anything means to the shell. */
const toExit = ({ message, problem }: LedgerError): Exit =>
  problem === "altered" || problem === "unreadable" ? new Exit({ code: ExitCode.notDeleted, message }) : usage(message)

const verify = Command.make(
  "verify",
  { plan: PlanFile.argument },
  Effect.fnUntraced(function* ({ plan }) {
    const output = yield* Output
    const { entries, hash } = yield* Effect.gen(function* () {
      const ledger = yield* Ledger
      // Nobody writes while it is read.
      yield* LedgerFile.lock(LedgerFile.pathOf(plan), { reading: true })
      const head = yield* ledger.verify
      yield* PlanFile.compare(plan)
      return head
    }).pipe(
      Effect.scoped,
      Effect.provide(LedgerFile.layerAttached(plan)),
      Effect.catchTag("LedgerError", (error) => toExit(error)),
      Effect.raceFirst(exitOnSignal("Interrupted: the ledger was not read to its end."))
    )
    yield* output.text(`${entries} entries, as they were written. The last one has the hash ${hash}`)
  })
).pipe(
  Command.withDescription(
    "Read all of a ledger, compute every hash again and compare it with what the ledger says of each session, and the " +
      "ledger with the plan beside it. Whoever has noted the last hash elsewhere knows by it that nothing was changed since.\n\n" +
      "Exit codes: 0 it is as it was written, 1 it was altered or is damaged, 2 there is none, it is in use, or it " +
      "is not that of the plan."
  ),
  Command.withShortDescription("Prove that a ledger is as it was written")
)

const export_ = Command.make(
  "export",
  {
    plan: PlanFile.argument,
    ...Target.flags
  },
  Effect.fnUntraced(function* ({ plan, ...target }) {
    yield* Ledger.use(({ entries }) =>
      entries.pipe(
        Stream.map(({ body, hash }) => `${body.slice(0, -1)},"hash":"${hash}"}\n`),
        Target.write(target)
      )
    ).pipe(
      Effect.provide(LedgerFile.layerAttached(plan)),
      Effect.catchTag("LedgerError", (error) => toExit(error))
    )
  })
).pipe(
  Command.withDescription(
    "Print the entries of a ledger, one JSON object per line, each with its hash as the last field: the SHA-256 of the hash " +
      "before, a line break and the line without its hash."
  ),
  Command.withShortDescription("Print the entries of a ledger")
)

/**
 * @since 0.1.0
 */
export const ledgerCommand = Command.make("ledger").pipe(
  Command.withDescription("Look at the record of a purge"),
  Command.withSubcommands([verify, export_])
)
