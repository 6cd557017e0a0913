/**
 * `powerdrill-sessions ledger verify <plan>` and `ledger export <plan>`
 *
 * @since 0.1.0
 */
import { Command } from "effect/cli"
import * as Handler from "./Handler.ts"
import { planArgument } from "./PlanArgument.ts"
import * as Target from "./Target.ts"

const verify = Command.make(
  "verify",
  { plan: planArgument },
  Handler.load(() => import("./LedgerVerification.ts"))
).pipe(
  Command.withDescription(
    "Read all of a ledger, compute every hash again and compare it with what the ledger says of each session, and the " +
      "ledger with the plan beside it. Whoever has noted the last hash elsewhere knows by it that nothing was changed since.\n\n" +
      "Exit codes: 0 it is as it was written, 1 it was altered or is damaged, 2 there is none, it is in use, or it " +
      "is not that of the plan."
  ),
  Command.withShortDescription("Prove that a ledger is as it was written")
)

/**
 * @since 0.1.0
 */
export const exportFlags = { plan: planArgument, ...Target.flags }

const export_ = Command.make(
  "export",
  exportFlags,
  Handler.load(() => import("./LedgerExport.ts"))
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
