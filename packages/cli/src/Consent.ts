/**
 * Nothing is sent without consent: a terminal asks, and No is the default; elsewhere `--yes` is required.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import { Effect, Terminal } from "effect"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { Stop } from "./Stop.ts"

/**
 * Succeeds with whether to go on. Fails with exit code 2 where nobody can be asked: without a terminal, and where
 * standard input held the ids.
 *
 * @since 0.1.0
 */
export const ask = Effect.fnUntraced(function* (
  question: string,
  stdinIsTaken: boolean
): Effect.fn.Return<boolean, Exit, Output | Stop | Terminal.Terminal> {
  const output = yield* Output
  const stop = yield* Stop
  const terminal = yield* Terminal.Terminal
  if (stdinIsTaken)
    return yield* usage("Nothing was sent: the ids came from standard input, so nobody can be asked. Give --yes.")
  if (!output.canAsk) return yield* usage("Nothing was sent: without a terminal to ask at, give --yes.")
  yield* output.question(`${question} [y/N] `)
  const answer = yield* Effect.raceFirst(
    Effect.orElseSucceed(terminal.readLine, () => ""),
    Effect.flatMap(
      stop.signalled,
      (signal) => new Exit({ code: ExitCode[signal], message: "Nothing was sent: interrupted before an answer." })
    )
  )
  return /^\s*y(es)?\s*$/i.test(answer)
})

/**
 * The guard of a run: without consent nothing is sent.
 *
 * @since 0.1.0
 */
export const guard = (consented: boolean): Plugin =>
  Plugin.make({ name: "confirmation", before: () => (consented ? Effect.void : Plugin.veto("declined")) })
