/**
 * Why to stop, and knowing it in time: a first Ctrl-C (or SIGTERM, a refused key, or a reader that has gone away) asks
 * for an orderly end; a second signal leaves at once.
 *
 * @since 0.1.0
 */
import { Context, Deferred, Effect, Layer } from "effect"
import { writeSync } from "node:fs"
import { Exit, ExitCode } from "./ExitCode.ts"
import { printable } from "./Line.ts"

/**
 * @since 0.1.0
 */
export type Signal = "SIGINT" | "SIGTERM"

/**
 * A call as it stands.
 *
 * @since 0.1.0
 */
export interface Call {
  readonly sessionId: string
  /** Whether a request has left, and its answer is not yet there. */
  underWay: boolean
}

/**
 * What a second signal needs to know to take its leave, from those who know it.
 *
 * @since 0.1.0
 */
export interface Leaving {
  /** Whether there is a line on the terminal that has not been ended. */
  isMidLine: () => boolean
  /** What is said last; nothing unless somebody says otherwise. */
  words: () => string
}

/**
 * What somebody is told who leaves at once.
 *
 * @since 0.1.0
 */
export const farewell = ({ calls, leaving }: Pick<Stop["Service"], "calls" | "leaving">): string => {
  const words = leaving.words()
  const lines = [
    ...[...calls]
      .filter(({ underWay }) => underWay)
      .map(({ sessionId }) => `unknown       ${printable(sessionId)}  left while a request was under way`),
    ...(words === "" ? [] : [words])
  ]
  return `${leaving.isMidLine() ? "\n" : ""}${lines.map((line) => `${line}\n`).join("")}`
}

/**
 * @since 0.1.0
 */
export class Stop extends Context.Service<
  Stop,
  {
    /** Asks for an orderly end: nothing new is begun. */
    readonly request: Effect.Effect<void>
    /** Whether an orderly end has been asked for. */
    readonly isRequested: () => boolean
    /** Waits until an orderly end is asked for. */
    readonly requested: Effect.Effect<void>
    /** The signal that was received, if one was. */
    readonly signal: () => Signal | undefined
    /** Waits for a signal. */
    readonly signalled: Effect.Effect<Signal>
    /** The calls of now: a second signal names those whose requests are under way before it leaves. */
    readonly calls: Set<Call>
    /** What it says besides. */
    readonly leaving: Leaving
  }
>()("@powerdrill-sessions/cli/Stop") {
  /**
   * Listens to the signals of the process.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<Stop> = Layer.effect(
    Stop,
    Effect.gen(function* () {
      const requested = Deferred.makeUnsafe<void>()
      const signalled = Deferred.makeUnsafe<Signal>()
      const calls = new Set<Call>()
      const leaving: Leaving = { isMidLine: () => false, words: () => "" }
      let received: Signal | undefined
      const receive = (signal: Signal) => {
        if (received !== undefined) {
          const text = farewell({ calls, leaving })
          if (text !== "") writeSync(2, text)
          process.exit(ExitCode[signal])
        }
        received = signal
        Deferred.doneUnsafe(signalled, Effect.succeed(signal))
        Deferred.doneUnsafe(requested, Effect.void)
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => process.on("SIGINT", receive).on("SIGTERM", receive)),
        () => Effect.sync(() => process.off("SIGINT", receive).off("SIGTERM", receive))
      )
      return Stop.of({
        request: Effect.asVoid(Deferred.succeed(requested, undefined)),
        isRequested: () => Deferred.isDoneUnsafe(requested),
        requested: Deferred.await(requested),
        signal: () => received,
        signalled: Deferred.await(signalled),
        calls,
        leaving
      })
    })
  )
}

/**
 * Waits for a signal, and ends the program with its code: for what comes before anything is sent, and can be left at once.
 *
 * @since 0.1.0
 */
export const exitOnSignal = (message: string): Effect.Effect<never, Exit, Stop> =>
  Stop.use(({ signalled }) => Effect.flatMap(signalled, (signal) => new Exit({ code: ExitCode[signal], message })))
