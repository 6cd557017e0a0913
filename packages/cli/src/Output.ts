/**
 * Results on stdout; everything meant for people's eyes only on stderr.
 *
 * @since 0.1.0
 */
import { Clock, Config, Context, Effect, Layer, Stdio, Stream } from "effect"
import { type Line, toText } from "./Line.ts"
import { Stop } from "./Stop.ts"
import type { Tally } from "./Tally.ts"

/**
 * @since 0.1.0
 */
export class Output extends Context.Service<Output, {
  /** Writes one result: an object with `json`, a line of text without. */
  readonly result: (line: Line, options: { readonly json: boolean }) => Effect.Effect<void>
  /** Writes plain text to stdout. */
  readonly text: (text: string) => Effect.Effect<void>
  /** Says something to people, on stderr. */
  readonly note: (text: string) => Effect.Effect<void>
  /** Asks people something, on stderr, without a line break. */
  readonly question: (text: string) => Effect.Effect<void>
  /** Shows how a run stands, on a terminal; nothing elsewhere. `undefined` takes the bar away. */
  readonly progress: (tally: Tally | undefined) => Effect.Effect<void>
  /** Whether somebody can be asked: stdin and stderr are a terminal. */
  readonly canAsk: boolean
}>()("@powerdrill-sessions/cli/Output") {
  /**
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<Output, never, Stdio.Stdio | Stop> = Layer.effect(
    Output,
    Effect.gen(function*() {
      const stdio = yield* Stdio.Stdio
      const stop = yield* Stop
      const { noColor, term } = yield* Effect.orDie(environment)
      const plain = term === "dumb"
      const stderrIsTerminal = yield* stdio.stderrIsTerminal
      const color = (yield* stdio.stdoutIsTerminal) && !plain && noColor === ""
      const bar = stderrIsTerminal && !plain ? makeBar() : undefined

      const toStderr = (text: string) =>
        text === "" ? Effect.void : Effect.ignore(Stream.run(Stream.succeed(text), stdio.stderr()))
      // A reader that went away (`| head -1`) is no crash; but what cannot be reported is not begun.
      const toStdout = (text: string) =>
        Effect.catch(Stream.run(Stream.succeed(text), stdio.stdout()), () => stop.request)
      const withoutBar = (write: Effect.Effect<void>) =>
        bar === undefined ? write : Effect.andThen(Effect.suspend(() => toStderr(bar.clear())), write)

      return Output.of({
        result: (line, { json }) => withoutBar(toStdout(`${json ? JSON.stringify(line) : toText(line, color)}\n`)),
        text: (text) => withoutBar(toStdout(`${text}\n`)),
        note: (text) => withoutBar(toStderr(`${text}\n`)),
        question: toStderr,
        progress: (tally) =>
          bar === undefined ? Effect.void : Effect.flatMap(Clock.currentTimeMillis, (now) =>
            toStderr(tally === undefined ? bar.clear() : bar.draw(tally, now))),
        canAsk: stderrIsTerminal && (yield* stdio.stdinIsTerminal)
      })
    })
  )
}

const environment = Config.all({
  noColor: Config.String("NO_COLOR").pipe(Config.withDefault("")),
  term: Config.String("TERM").pipe(Config.withDefault(""))
})

const makeBar = () => {
  const width = 24
  const millisBetweenFrames = 100
  const eraseLine = "\r\u001b[K"
  let shown = false
  let lastFrame = 0
  return {
    clear: (): string => {
      const wasShown = shown
      shown = false
      return wasShown ? eraseLine : ""
    },
    draw: (tally: Tally, now: number): string => {
      if (now - lastFrame < millisBetweenFrames) return ""
      lastFrame = now
      shown = true
      const filled = Math.round(width * tally.done / tally.total)
      return `${eraseLine}[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${tally.done}/${tally.total}  ${tally}`
    }
  }
}
