/**
 * Which sessions: ids from the arguments, and from standard input where one of them is `-`.
 *
 * @since 0.1.0
 */
import { DeleteRequest, type InvalidRequest, validate } from "@powerdrill-sessions/core"
import { Array, Effect, Result } from "effect"
import { fstatSync } from "node:fs"
import { type Exit, usage } from "./ExitCode.ts"
import { exitOnSignal, type Stop } from "./Stop.ts"

/**
 * Reads the ids: one per line on standard input, blank lines and those that begin with `#` skipped.
 *
 * @since 0.1.0
 */
export const read = (args: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, Exit, Stop> =>
  args.includes("-")
    ? Effect.map(Effect.raceFirst(readStdin, interrupted), (lines) =>
        args.flatMap((arg) => (arg === "-" ? lines : [arg]))
      )
    : Effect.succeed(args)

const readStdin = Effect.tryPromise({
  try: async () => {
    const chunks: Array<Uint8Array> = []
    // Node takes a folder for an empty input.
    if (fstatSync(0).isDirectory()) throw new Error("it is a folder")
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  },
  catch: (cause) =>
    usage(
      `Nothing was sent: standard input cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`
    )
}).pipe(
  Effect.flatMap((bytes) =>
    Effect.try({
      // Bytes that are no text must not become another id.
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => usage("Nothing was sent: standard input is not UTF-8 text.")
    })
  ),
  Effect.map((text) =>
    text
      .split("\n")
      .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
      .filter((line) => line.trim() !== "" && !line.startsWith("#"))
  )
)

const interrupted = exitOnSignal("Nothing was sent: interrupted while reading ids.")

/**
 * Checks every id before the first one is sent: one bad id, and nothing is. An id given twice is one request.
 *
 * @since 0.1.0
 */
export const toRequests = (
  ids: ReadonlyArray<string>,
  shared: Omit<DeleteRequest.Input, "sessionId">
): Result.Result<ReadonlyArray<DeleteRequest>, Exit> => {
  const [requests, invalid] = Array.partition(Array.dedupe(ids), (sessionId) => validate({ ...shared, sessionId }))
  return invalid.length === 0 ? Result.succeed(requests) : Result.fail(usage(describe(invalid)))
}

const describe = (invalid: ReadonlyArray<InvalidRequest>): string => {
  // A bad user id or trace id is at fault in every request alike.
  const distinct = Array.dedupe(
    invalid.map((error) => (error.field === "sessionId" ? error.message : withoutId(error)))
  )
  const more = distinct.length - shown
  return [...distinct.slice(0, shown), ...(more > 0 ? [`… and ${more} more like these.`] : [])].join("\n")
}

const shown = 10

const withoutId = ({ field, rule }: InvalidRequest) => `Nothing was sent: ${field} ${rule}.`
