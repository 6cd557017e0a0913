/**
 * A record of every delete that cannot be changed unnoticed: one line before anything is sent, one when it is known how the
 * call has ended, each chained to the line before by SHA-256.
 *
 * A delete that cannot be recorded does not happen.
 *
 * @since 0.1.0
 */
import { Duration, Effect, type FileSystem, type PlatformError } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Plugin } from "../Plugin.ts"
import { isSessionsError, type SessionsError } from "../SessionsError.ts"
import { sha256OfText } from "./internal/auditLine.ts"
import { AuditLogError } from "./internal/auditLogError.ts"
import * as Verifier from "./internal/auditVerifier.ts"
import * as Writer from "./internal/auditWriter.ts"

export { AuditLine } from "./internal/auditLine.ts"
export { AuditLogError } from "./internal/auditLogError.ts"

/**
 * @category models
 * @since 0.1.0
 */
export interface AuditLogOptions {
  /** The file, in a directory that exists. It is made with the mode 600. */
  readonly path: string
  /**
   * How long the file may become, in bytes. One that is full is renamed to the next number: `audit.jsonl.1` is the
   * oldest, and none is ever overwritten. Default: no limit.
   */
  readonly maxBytes?: number | undefined
  /**
   * What is written of the user id, which is personal data.
   *
   * - `plain`, the default: whose session it was is what an audit asks first.
   * - `hashed`: its SHA-256. Who has a list of the users can tell which one it is; nobody else can.
   * - `omit`: nothing.
   *
   * With the last two it is also taken out of the messages of errors, where they have it word for word.
   */
  readonly userId?: "plain" | "hashed" | "omit" | undefined
  /** How long a line may take to be on the disk. Default: 5 seconds, as for every hook. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Writes an audit log.
 *
 * **Details**
 *
 * A call has an `intent`, written and synced to the disk before its guard says yes, and an `outcome` with the same `id`:
 * how it ended, what was known of the session, attempts, code, HTTP status, trace ids, duration in milliseconds, and the
 * error. {@link AuditLine} is the schema of the lines. Calls at the same time are written together, in one chain.
 *
 * - Where the intent cannot be written, the guard vetoes, says why, and nothing is sent.
 * - Where the outcome cannot be written, there is a log line. The call ends as it ended; {@link verifyAuditLog} tells the
 *   intent as open.
 * - A line that was cut short, by a full disk or the loss of power, is never continued: a line `torn` behind it says how
 *   long it is and what its hash is. This is done when the plugin is built, and before the next line after a failure.
 * - No key and no token is written. Of the errors that other plugins add, it is only the tag: nobody knows what their
 *   messages say.
 *
 * The order of the plugins matters: the guards before this one refuse without an intent, and only an outcome is written.
 *
 * **Gotchas**
 *
 * One process writes to a file, and builds the plugin once. Another may go on with it later. Where two write at the same
 * time, the sizes of the file give it away: who finds that it has bytes of somebody else sends nothing any more, until the
 * plugin is built again. Give each process a file of its own. The same holds for programs such as logrotate: use
 * `maxBytes`.
 *
 * Each line is synced, the entry of a new file in its directory is not: not every runtime can.
 *
 * **Example** (In force for all calls)
 *
 * ```ts
 * import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
 * import { Layer } from "effect"
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { auditLog } from "@powerdrill-sessions/core/plugins"
 *
 * const layer = Sessions.layerFetch.pipe(
 *   Layer.provide(Plugin.layer(auditLog({ path: "audit.jsonl", maxBytes: 50_000_000 }))),
 *   Layer.provide(NodeFileSystem.layer)
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const auditLog = (options: AuditLogOptions): Effect.Effect<Plugin, AuditLogError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { append } = yield* Writer.make(options.path, options.maxBytes ?? Infinity)
    const random = yield* SecureRandom.SecureRandom
    const digests = yield* Effect.context<Digest.Digest>()
    const ids = new WeakMap<Plugin.Call, string>()
    const userId = options.userId ?? "plain"

    const who = Effect.fnUntraced(function* (call: Plugin.Call) {
      if (userId === "omit") return undefined
      return userId === "plain" ? { userId: call.userId } : { userIdSha256: yield* sha256OfText(call.userId) }
    })

    const about = Effect.fnUntraced(function* (call: Plugin.Call) {
      const id = ids.get(call) ?? (yield* random.uuidV7())
      ids.set(call, id)
      const { externalTraceId, method, sessionId } = call
      return {
        id,
        method,
        sessionId,
        ...(yield* who(call)),
        ...(externalTraceId === undefined ? undefined : { externalTraceId })
      }
    }, Effect.provideContext(digests))

    return Plugin.make({
      name: "audit-log",
      timeout: options.timeout,
      before: (call) =>
        Effect.flatMap(about(call), (facts) => append({ kind: "intent", ...facts })).pipe(
          Effect.catch((error) => Plugin.veto(`it cannot be recorded. ${error.message}`, { broken: true }))
        ),
      after: (outcome) =>
        Effect.flatMap(about(outcome.call), (facts) =>
          append({
            kind: "outcome",
            ...facts,
            ...ending(outcome, (text) =>
              userId === "plain" ? text : text.replaceAll(outcome.call.userId, "<user id>")
            )
          })
        ).pipe(Effect.orDie)
    })
  }).pipe(Effect.provide([Digest.layerWebCrypto, SecureRandom.layerWebCrypto]))

/**
 * A place in a chain: how many lines there are up to it, in all files together, and the hash of the last of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuditHead {
  readonly count: number
  readonly hash: string
}

/**
 * What {@link verifyAuditLog} has found.
 *
 * @category models
 * @since 0.1.0
 */
export type AuditReport = AuditReport.Intact | AuditReport.Broken

/**
 * @since 0.1.0
 */
export declare namespace AuditReport {
  /**
   * An intent without an outcome: the call is under way, or its process ended before it could write one, or could not
   * write it. Whether the session is deleted is not known.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Intent {
    readonly id: string
    readonly sessionId: string
    readonly at: string
    readonly file: string
    readonly line: number
  }

  /**
   * Every line is where it was written, as it was written.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Intact {
    readonly _tag: "Intact"
    /** Oldest first. */
    readonly files: ReadonlyArray<string>
    /** The last line. Keep it elsewhere, and give it as `expected` the next time. */
    readonly head: AuditHead
    /** How many lines were cut short and closed off. */
    readonly torn: number
    readonly open: ReadonlyArray<Intent>
  }

  /**
   * The first line that is not what it must be.
   *
   * **Details**
   *
   * - `altered`: a line whose hash is wrong, or a part that was closed off and has changed since.
   * - `foreign`: something that is no line of an audit log.
   * - `missing`: lines before it are not there, or stand after it; or the log ends before the expected line.
   * - `reordered`: a line that was there before, or whose successor was.
   * - `rewritten`: a line that is right by itself and not the one that the next line, or the expected hash, speaks of.
   * - `torn`: the file ends with something that is no line. A file that is being written may look so for a moment.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Broken {
    readonly _tag: "Broken"
    readonly kind: "altered" | "foreign" | "missing" | "reordered" | "rewritten" | "torn"
    readonly file: string
    /** Counted from 1, in this file. */
    readonly line: number
    /** The last line that is right. */
    readonly head: AuditHead
    /** All of it, as a sentence. */
    readonly message: string
  }
}

/**
 * Reads an audit log, with the files it was renamed to, and tells whether it was altered, and where.
 *
 * **Details**
 *
 * `expected` is the `head` of an earlier report: that line must still be there. `after` is the head to begin after, for a
 * log whose oldest files have been taken away. The files are streamed; what is kept in memory are the open intents. It
 * fails where a file cannot be read, or there is none.
 *
 * **Gotchas**
 *
 * Hashes alone do not show that lines were cut off at the end, nor that somebody has written everything anew: whoever can
 * write the file can do that, and the result is a chain like any other. Both show against a head that is kept where they
 * cannot reach it. Up to that line, nothing can change unnoticed.
 *
 * **Example** (Against the head of yesterday)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { type AuditHead, verifyAuditLog } from "@powerdrill-sessions/core/plugins"
 *
 * declare const yesterday: AuditHead
 *
 * const program = Effect.gen(function* () {
 *   const report = yield* verifyAuditLog("audit.jsonl", { expected: yesterday })
 *   if (report._tag === "Broken") return yield* Console.error(report.message)
 *   yield* Console.log(`${report.head.count} lines, ${report.open.length} without an outcome`)
 * })
 * ```
 *
 * @category verifying
 * @since 0.1.0
 */
export const verifyAuditLog = (
  path: string,
  options: { readonly after?: AuditHead | undefined; readonly expected?: AuditHead | undefined } = {}
): Effect.Effect<AuditReport, PlatformError.PlatformError, FileSystem.FileSystem> =>
  Effect.provide(Verifier.verify(path, options), Digest.layerWebCrypto)

const cut = (text: string) => (text.length > 1_000 ? `${text.slice(0, 1_000)}…` : text)

/** What a line says of the end of a call. */
const ending = (outcome: Plugin.Outcome, conceal: (text: string) => string) => {
  const ended = {
    outcome: outcome._tag,
    attempts: outcome.attempts,
    durationMillis: Duration.toMillis(outcome.duration)
  }
  switch (outcome._tag) {
    case "Deleted": {
      const { disposition, traceId, verified } = outcome.receipt
      return { ...ended, session: "deleted", disposition, verified, ...short({ traceId }) } as const
    }
    case "Interrupted":
      return { ...ended, session: outcome.outcome } as const
    case "Died":
      return { ...ended, session: outcome.outcome, message: cut(conceal(outcome.detail)) } as const
    default: {
      const { error } = outcome
      return { ...ended, session: error.outcome, error: error._tag, ...answer(error, conceal) } as const
    }
  }
}

const answer = (error: SessionsError | Plugin.Failure, conceal: (text: string) => string) =>
  isSessionsError(error)
    ? {
        ...("code" in error ? { code: error.code } : undefined),
        ...("httpStatus" in error ? { httpStatus: error.httpStatus } : undefined),
        ...("traceId" in error ? short({ traceId: error.traceId }) : undefined),
        message: cut(conceal(error.message))
      }
    : undefined

const short = ({ traceId }: { readonly traceId?: string | undefined }) =>
  traceId === undefined ? undefined : { traceId: cut(traceId) }
