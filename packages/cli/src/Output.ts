/**
 * Results on stdout; everything meant for people's eyes only on stderr.
 *
 * @since 0.1.0
 */
import { Clock, Config, Context, Effect, Layer } from "effect"
import { type Line, toText } from "./Line.ts"
import { Stop } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export class Output extends Context.Service<
  Output,
  {
    /** Writes one result: an object with `json`, a line of text without. */
    readonly result: (line: Line, options: { readonly json: boolean }) => Effect.Effect<void>
    /** Writes plain text to stdout, and a line break. */
    readonly text: (text: string) => Effect.Effect<void>
    /** Writes part of a document to stdout. What cannot be written can be had again, and is not repeated on stderr. */
    readonly raw: (text: string) => Effect.Effect<void>
    /** Says something to people, on stderr. */
    readonly note: (text: string) => Effect.Effect<void>
    /** Asks people something, on stderr, without a line break. */
    readonly question: (text: string) => Effect.Effect<void>
    /**
     * Shows how a run stands in one line that changes, on a terminal; nothing elsewhere. It is asked for at most ten times
     * a second, is plain ASCII, and fits the columns. `undefined` takes it away.
     */
    readonly progress: (line: ((columns: number, now: number) => string) | undefined) => Effect.Effect<void>
    /** Whether there is such a line. */
    readonly isLive: boolean
    /** Whether stdout takes colours. */
    readonly isColored: boolean
    /** Whether somebody can be asked: stdin and stderr are a terminal. */
    readonly canAsk: boolean
  }
>()("@powerdrill-sessions/cli/Output") {
  /**
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<Output, never, Stop> = Layer.effect(
    Output,
    Effect.gen(function* () {
      const stop = yield* Stop
      const { noColor, term } = yield* Effect.orDie(environment)
      const plain = term === "dumb" || noColor !== ""
      const color = process.stdout.isTTY && !plain
      const bar = process.stderr.isTTY && !plain ? makeBar() : undefined

      if (bar !== undefined) stop.leaving.isMidLine = bar.isShown

      // A failed write also raises an event, and an event without a listener ends the process.
      yield* ignoreErrorEvents(process.stdout)
      yield* ignoreErrorEvents(process.stderr)
      const toStderr = (text: string) => Effect.asVoid(write(process.stderr, text))
      // A reader that went away (`| head -1`) is no crash, and what is already done is not lost: it is said on stderr.
      // Nothing new is begun.
      let broken = false
      const toStdout = (text: string): Effect.Effect<void> =>
        Effect.flatMap(broken ? Effect.succeed(false) : write(process.stdout, text), (written) => {
          if (written) return Effect.void
          const notice = broken
            ? ""
            : "Standard output cannot be written. Nothing new is begun; what was not written:\n"
          broken = true
          return Effect.andThen(stop.request, toStderr(notice + text))
        })
      const withoutBar = (write: Effect.Effect<void>) =>
        bar === undefined
          ? write
          : Effect.andThen(
              Effect.suspend(() => toStderr(bar.clear())),
              write
            )

      return Output.of({
        result: (line, { json }) =>
          Effect.suspend(() =>
            broken && line.outcome === "skipped"
              ? Effect.void
              : withoutBar(toStdout(`${json ? JSON.stringify(line) : toText(line, color)}\n`))
          ),
        text: (text) => withoutBar(toStdout(`${text}\n`)),
        raw: (text) =>
          withoutBar(
            Effect.flatMap(broken ? Effect.succeed(true) : write(process.stdout, text), (written) => {
              if (written) return Effect.void
              broken = true
              return Effect.andThen(stop.request, toStderr("Standard output cannot be written.\n"))
            })
          ),
        note: (text) => withoutBar(toStderr(`${text}\n`)),
        question: toStderr,
        progress: (line) =>
          bar === undefined
            ? Effect.void
            : Effect.flatMap(Clock.currentTimeMillis, (now) =>
                toStderr(line === undefined ? bar.clear() : bar.draw(line, now))
              ),
        isLive: bar !== undefined,
        isColored: color,
        // To look at standard input opens it.
        get canAsk() {
          return process.stdin.isTTY && process.stderr.isTTY
        }
      })
    })
  )
}

/** Writes to the end, and tells whether it could. */
const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<boolean> =>
  text === ""
    ? Effect.succeed(true)
    : Effect.callback((resume) => {
        stream.write(text, (error) => resume(Effect.succeed(error === null || error === undefined)))
      })

const ignoreErrorEvents = (stream: NodeJS.WriteStream) => {
  const ignore = () => {}
  return Effect.acquireRelease(
    Effect.sync(() => stream.on("error", ignore)),
    () => Effect.sync(() => stream.off("error", ignore))
  )
}

const environment = Config.all({
  noColor: Config.String("NO_COLOR").pipe(Config.withDefault("")),
  term: Config.String("TERM").pipe(Config.withDefault(""))
})

const makeBar = () => {
  const millisBetweenFrames = 100
  const eraseLine = "\r\u001b[K"
  let shown = false
  let lastFrame = 0
  return {
    isShown: (): boolean => shown,
    clear: (): string => {
      const wasShown = shown
      shown = false
      return wasShown ? eraseLine : ""
    },
    draw: (line: (columns: number, now: number) => string, now: number): string => {
      if (now - lastFrame < millisBetweenFrames) return ""
      lastFrame = now
      shown = true
      // A character in the last column may begin the next line.
      const columns = (process.stderr.columns || 80) - 1
      return `${eraseLine}${line(columns, now).slice(0, columns)}`
    }
  }
}
