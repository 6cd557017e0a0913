/**
 * The plan that a command is about.
 *
 * @since 0.1.0
 */
import { Argument } from "effect/cli"

/**
 * The argument that names a plan.
 *
 * @since 0.1.0
 */
export const planArgument = Argument.String("plan").pipe(
  Argument.withDescription("The file of a plan; its ledger is the file beside it that ends in .ledger.sqlite")
)
