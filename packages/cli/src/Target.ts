/**
 * Where a command writes what may be long: to standard output, or to the file of `--output`.
 *
 * @since 0.1.0
 */
import { Effect, FileSystem, Option, type PlatformError, Sink, Stream } from "effect"
import { Flag } from "effect/cli"
import { Exit, ExitCode, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { Stop } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export const flags = {
  output: Flag.String("output").pipe(
    Flag.withAlias("o"),
    Flag.withDescription("Write to a file. Default: standard output"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  force: Flag.Boolean("force").pipe(
    Flag.withDescription("Replace the file where there is one"),
    Flag.withDefault(false)
  )
}

/**
 * The values of {@link flags}.
 *
 * @since 0.1.0
 */
export interface Flags {
  readonly output: Option.Option<string>
  readonly force: boolean
}

/**
 * Writes text that comes in parts. A file that is there and is not to be replaced is exit code 2; one that cannot be written to its end, or a
 * signal on the way, ends with a code of its own and says that it is not all.
 *
 * @since 0.1.0
 */
export const write =
  ({ force, output: file }: Flags) =>
  <E, R>(
    parts: Stream.Stream<string, E, R>
  ): Effect.Effect<void, E | Exit, R | FileSystem.FileSystem | Output | Stop> =>
    Effect.gen(function* () {
      const output = yield* Output
      const stop = yield* Stop
      const chunks = Stream.map(
        parts.pipe(
          Stream.takeWhile(() => !stop.isRequested()),
          Stream.grouped(500)
        ),
        (group) => group.join("")
      )
      if (Option.isNone(file)) yield* Stream.runForEach(chunks, output.raw)
      else {
        const fs = yield* FileSystem.FileSystem
        yield* chunks.pipe(
          Stream.encodeText,
          Stream.run(
            Sink.mapError(fs.sink(file.value, { flag: force ? "w" : "wx", mode: 0o600 }), (error) =>
              unwritable(file.value, error)
            )
          )
        )
        if (!stop.isRequested()) yield* output.note(`Written: ${file.value}`)
      }
      const signal = stop.signal()
      if (stop.isRequested()) {
        const code = signal === undefined ? ExitCode.notDeleted : ExitCode[signal]
        return yield* new Exit({ code, message: "Interrupted: what was written is not all." })
      }
    })

const unwritable = (file: string, error: PlatformError.PlatformError): Exit =>
  error.reason._tag === "AlreadyExists"
    ? usage(`${file} is there already. Give --force to replace it, or another name.`)
    : new Exit({ code: ExitCode.notDeleted, message: `${file} cannot be written: ${error.message}` })
