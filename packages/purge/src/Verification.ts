/**
 * Looks whether the sessions of a plan are gone, and has what it sees in the ledger.
 *
 * @since 0.1.0
 */
import { type ReadFailed, Sessions } from "@powerdrill-sessions/core"
import { Array as Arr, DateTime, Effect, Option, Stream } from "effect"
import { claim } from "./internal/claim.ts"
import * as Listing from "./internal/listing.ts"
import { Ledger } from "./Ledger.ts"
import type { Reading } from "./LedgerEntry.ts"
import { LedgerError } from "./LedgerError.ts"

/**
 * A session was looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Read {
  /** Its number in the plan, from 1. */
  readonly n: number
  readonly sessionId: string
  readonly userId: string
  /** What the ledger says became of it. */
  readonly state: Ledger.Request["state"]
  readonly reading: Reading
  /** Why it is not clear. */
  readonly message?: string
}

/**
 * How sessions are looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface VerificationOptions {
  /** How many are read at once. Default: 8. The team's rate is kept by the `RateBudget`, not by this. */
  readonly concurrency?: number | undefined
}

/** From so many sessions of a user on, one listing is cheaper than to read them one by one. */
const worthListing = 3

/**
 * Looks for every session of the ledger's plan, in the order of the plan, and adds what it sees to the ledger.
 *
 * **Details**
 *
 * Three sessions or more of one user are looked for in one listing of that user, fewer one by one. A listing that does
 * not come to its end, or changes meanwhile, says nothing.
 *
 * - `absent`: it is not there.
 * - `present`: it is there.
 * - `reappeared`: it is there, and was absent when it was looked for before.
 * - `unclear`: there was no trustworthy answer.
 *
 * **Gotchas**
 *
 * Absent means: not there for this API key, in its project. The API says the same of what belongs to another one.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (options: VerificationOptions = {}): Stream.Stream<Read, LedgerError, Sessions | Ledger> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const sessions = yield* Sessions
      yield* claim
      // What another server does not have says nothing.
      if (sessions.baseUrl !== undefined && sessions.baseUrl !== ledger.plan.baseUrl) {
        return yield* new LedgerError({
          problem: "other-plan",
          detail: `The plan was made for ${ledger.plan.baseUrl}, and not for ${sessions.baseUrl}.`
        })
      }
      const look = yield* makeLook(options.concurrency ?? 8)
      const read = Effect.fnUntraced(function* (request: Ledger.Request, seen: Seen) {
        const { n, reading: before, session_id, state, user_id } = request
        const about = { n, userId: user_id, sessionId: session_id }
        const wasGone = before === "absent" || before === "reappeared"
        const reading = seen.presence === "present" && wasGone ? ("reappeared" as const) : seen.presence
        const facts = { reading, ...(seen.message === undefined ? undefined : { message: seen.message }) }
        yield* ledger.append({ kind: "reading", at: DateTime.formatIso(yield* DateTime.now), ...about, ...facts })
        return { ...about, state, ...facts }
      })
      return ledger.requests.pipe(
        Stream.mapArrayEffect((page) =>
          Effect.map(
            Effect.forEach(Arr.groupWith(page, isOfOneUser), (requests) =>
              Effect.flatMap(look(requests), (seen) =>
                // Written together.
                Effect.forEach(Arr.zip(requests, seen), ([request, one]) => read(request, one), {
                  concurrency: "unbounded"
                })
              )
            ),
            Arr.flatten
          )
        )
      )
    })
  )

interface Seen {
  readonly presence: "absent" | "present" | "unclear"
  readonly message?: string
}

/** Looks for requests of one user. Those of a user come one after the other, in one page or in several. */
const makeLook = Effect.fnUntraced(function* (concurrency: number) {
  const sessions = yield* Sessions
  const listing = yield* Listing.make()
  let listed: { readonly userId: string; readonly failure: ReadFailed | undefined } | undefined

  const find = ({ session_id: sessionId, user_id: userId }: Ledger.Request) =>
    Effect.match(sessions.find({ sessionId, userId }), {
      onSuccess: (found): Seen => ({ presence: Option.isSome(found) ? "present" : "absent" }),
      onFailure: unclear
    })

  return Effect.fnUntraced(function* (
    requests: Arr.NonEmptyReadonlyArray<Ledger.Request>
  ): Effect.fn.Return<Arr.NonEmptyReadonlyArray<Seen>, LedgerError> {
    const userId = requests[0].user_id
    if (listed?.userId !== userId && requests.length >= worthListing) {
      const failure = yield* listing
        .fill(Stream.map(sessions.list({ userId }), ({ id }) => id))
        .pipe(Effect.catchTag("ReadFailed", (error) => Effect.succeed(error)))
      listed = { userId, failure: failure ?? undefined }
    }
    if (listed?.userId !== userId) return yield* Effect.forEach(requests, find, { concurrency })
    const { failure } = listed
    if (failure !== undefined) return Arr.map(requests, () => unclear(failure))
    const there = yield* listing.among(Arr.map(requests, ({ session_id }) => session_id))
    return Arr.map(requests, ({ session_id }) => ({ presence: there.has(session_id) ? "present" : "absent" }))
  })
})

const isOfOneUser = (a: Ledger.Request, b: Ledger.Request) => a.user_id === b.user_id

const unclear = (error: ReadFailed): Seen => ({ presence: "unclear", message: error.message })
