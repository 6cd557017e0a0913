/**
 * Nothing is sent without consent: a terminal asks, and No is the default; elsewhere a flag is required.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import { Effect, Option, Terminal } from "effect"
import { type Exit, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import * as Services from "./Services.ts"
import { exitOnSignal, type Stop } from "./Stop.ts"

/**
 * Succeeds with whether to go on. Fails with exit code 2 where nobody can be asked: without a terminal, and where
 * standard input held the ids.
 *
 * @since 0.1.0
 */
export const ask = Effect.fnUntraced(function* (
  question: string,
  stdinIsTaken: boolean
): Effect.fn.Return<boolean, Exit, Output | Stop> {
  const output = yield* Output
  if (stdinIsTaken)
    return yield* usage("Nothing was sent: the ids came from standard input, so nobody can be asked. Give --yes.")
  if (!output.canAsk) return yield* usage("Nothing was sent: without a terminal to ask at, give --yes.")
  return /^\s*y(es)?\s*$/i.test(yield* answerTo(`${question} [y/N] `))
})

/**
 * Succeeds with whether `words` were given: as a flag, or typed at a terminal. Fails with exit code 2 where a flag has other
 * words, or nobody can be asked.
 *
 * @since 0.1.0
 */
export const askFor = Effect.fnUntraced(function* (
  words: string,
  question: string,
  given: Option.Option<string>
): Effect.fn.Return<boolean, Exit, Output | Stop> {
  const { canAsk } = yield* Output
  if (Option.isSome(given)) {
    return given.value === words || (yield* usage(`Nothing was sent: this takes --confirm "${words}".`))
  }
  if (!canAsk) return yield* usage(`Nothing was sent: without a terminal to ask at, give --confirm "${words}".`)
  return (yield* answerTo(`${question}\nTo go on, type ${words}: `)).trim() === words
})

const answerTo = Effect.fnUntraced(function* (question: string) {
  const output = yield* Output
  const terminal = yield* Terminal.Terminal
  yield* output.question(question)
  return yield* Effect.raceFirst(
    Effect.orElseSucceed(terminal.readLine, () => ""),
    exitOnSignal("Nothing was sent: interrupted before an answer.")
  )
}, Effect.provide(Services.layer))

/**
 * The guard of a run: without consent nothing is sent.
 *
 * @since 0.1.0
 */
export const guard = (consented: boolean): Plugin =>
  Plugin.make({ name: "confirmation", before: () => (consented ? Effect.void : Plugin.veto("declined")) })
