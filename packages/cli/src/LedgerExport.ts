/**
 * What `ledger export` does.
 *
 * @since 0.1.0
 */
import { Ledger, LedgerFile } from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import type { Command } from "effect/cli"
import type { exportFlags } from "./LedgerCommand.ts"
import * as PlanFile from "./PlanFile.ts"
import * as Target from "./Target.ts"

/**
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* ({ plan, ...target }: Command.Command.Config.Infer<typeof exportFlags>) {
  yield* Ledger.use(({ entries }) =>
    entries.pipe(
      Stream.map(({ body, hash }) => `${body.slice(0, -1)},"hash":"${hash}"}\n`),
      Target.write(target)
    )
  ).pipe(
    Effect.provide(LedgerFile.layerAttached(plan)),
    Effect.catchTag("LedgerError", (error) => PlanFile.toExit(error))
  )
})
