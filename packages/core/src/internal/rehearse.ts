/**
 * A call without a network: a function says how it ends, and the plugins see what they would see of one attempt.
 */
import { Clock, Duration, Effect, Result, Stream } from "effect"
import type { DeleteRequest } from "../DeleteRequest.ts"
import type { Plugin } from "../Plugin.ts"
import type { Disposition, Receipt } from "../Receipt.ts"
import type { Sessions } from "../Sessions.ts"
import type { FailedOutcome, SessionsError } from "../SessionsError.ts"
import { toCall } from "./call.ts"
import { Deadline } from "./deadline.ts"
import { asAbsent, type Ending, toReceipt, withOutcome } from "./ending.ts"
import { fixed } from "./hooks.ts"
import type { HooksIn } from "./inForce.ts"
import { checkFind, checkList } from "./reads.ts"

/** Reads without a network. Their requests are checked as a client checks them. */
export const rehearseReads = ({ find, list = unanswered }: Partial<Sessions.Reads>): Sessions.Reads => ({
  list: (options) =>
    Stream.unwrap(
      Effect.as(
        checkList(options),
        Stream.suspend(() => list(options))
      )
    ),
  find: (options) =>
    Effect.andThen(
      checkFind(options),
      Effect.suspend(() => {
        if (find !== undefined) return find(options)
        const { sessionId, userId } = options
        return Stream.runHead(Stream.filter(list({ userId }), ({ id }) => id === sessionId))
      })
    )
})

const unanswered = () =>
  Stream.die(new Error("Sessions.layerTest was not told which sessions there are: give it a `list` as well."))

/** An answer to a call that an earlier one left in doubt. */
const inDoubt = (ending: Ending): Ending => {
  if (Result.isSuccess(ending)) return ending
  const { failure } = ending
  return failure._tag === "SessionNotFound"
    ? Result.succeed({ disposition: "absent-after-unknown", traceId: failure.traceId, verified: false })
    : Result.fail(withOutcome(failure, "unknown"))
}

/** That of a client, unless it is set otherwise. */
const timeForCall = Duration.minutes(1)

export const rehearse = Effect.fnUntraced(function* (
  answer: (request: DeleteRequest) => Effect.Effect<Disposition, SessionsError>,
  hooksIn: HooksIn,
  method: Plugin.Call["method"],
  request: DeleteRequest
): Effect.fn.Return<Receipt, SessionsError> {
  const context = yield* Effect.context<never>()
  const hooks = hooksIn(context)
  const deadline = new Deadline(yield* Clock.Clock, timeForCall)
  const startedAt = deadline.now()
  const call = toCall(method, request)
  let attempts = 0
  let outcome: FailedOutcome = request.afterUnknown === true ? "unknown" : "not-deleted"
  let closed = false

  const run = Effect.gen(function* () {
    if (closed) return yield* Effect.interrupt
    attempts++
    outcome = "unknown"
    const sentAt = deadline.now()
    const answered = Result.map(yield* Effect.result(answer(request)), (disposition) => ({
      disposition,
      traceId: undefined,
      verified: false
    }))
    const ending = request.afterUnknown === true ? inDoubt(answered) : answered
    if (Result.isFailure(ending)) outcome = ending.failure.outcome
    if (hooks.onAttempt !== undefined) {
      const told = {
        call,
        attempt: attempts,
        queued: Duration.zero,
        duration: Duration.millis(deadline.now() - sentAt),
        ...Result.match(ending, {
          onSuccess: ({ disposition }) => ({ outcome: "deleted", disposition }) as const,
          onFailure: (error) => ({ outcome: error.outcome, error: fixed(error) })
        })
      }
      yield* hooks.onAttempt(told, deadline.left(), context)
    }
    const gone = yield* Effect.fromResult(method === "ensureDeleted" ? asAbsent(ending) : ending)
    return toReceipt(request, { startedAt, finishedAt: deadline.now() }, attempts, gone)
  })
  return yield* hooks.perform({
    call,
    context,
    run,
    known: () => ({ attempts, outcome }),
    left: () => deadline.left(),
    now: () => deadline.now(),
    close: () => void (closed = true)
  })
})
