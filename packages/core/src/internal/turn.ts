/**
 * What every request of a client takes: its turn within the team's budget, and, where it is tried again, a payment.
 */
import { Duration, Effect, Exit, Result, Schedule } from "effect"
import { BudgetExhausted, type RateBudget } from "../RateBudget.ts"
import type { RetryPolicy } from "../RetryPolicy.ts"
import type { SessionsError } from "../SessionsError.ts"
import type { Answer } from "./classify.ts"
import type { Deadline } from "./deadline.ts"
import { immediate } from "./immediate.ts"
import type { RetryBudget } from "./retryBudget.ts"

/** Waits for a turn; whatever the budget does, it has no more time than there is left. */
export const takeTurn = (budget: RateBudget["Service"], deadline: Deadline): Effect.Effect<void, BudgetExhausted> => {
  if (immediate(budget)?.take(deadline.now()) === true) return Effect.void
  const left = deadline.left()
  const turn = budget.take(left)
  // Where nobody waits there is nothing to bound.
  return Exit.isExit(turn)
    ? turn
    : Effect.timeoutOrElse(turn, { duration: left, orElse: () => new BudgetExhausted({}) })
}

/** Tells the budget of an answer. */
export const report = (
  budget: RateBudget["Service"],
  deadline: Deadline,
  answer: Answer,
  ending: Result.Result<unknown, SessionsError>
): Effect.Effect<void> => {
  const told = {
    refused: Result.isFailure(ending) && ending.failure._tag === "RateLimited",
    retryAfter: answer._tag === "Response" ? answer.retryAfter : undefined
  }
  const { report } = immediate(budget) ?? {}
  return report === undefined ? budget.report(told) : Exit.succeed(report(deadline.now(), told))
}

/** The retries of one call. */
export interface PaidRetries {
  /** The policy, as long as what it proposes can be paid for and can begin in time. */
  readonly paidFor: (policy: RetryPolicy.Policy) => RetryPolicy.Policy
  /** An attempt has begun: what was paid for came about. */
  readonly begun: () => void
  /** Gives back what was paid for a retry that has not begun. */
  readonly refund: () => void
}

/** `endsAt` is the call's deadline, in milliseconds since 1970. */
export const paidRetries = (budget: RetryBudget, endsAt: number): PaidRetries => {
  let isPaid = false
  return {
    paidFor: (policy) =>
      Schedule.while(policy, ({ duration, now }) => {
        isPaid = now + Duration.toMillis(duration) < endsAt && budget.withdraw()
        return isPaid
      }),
    begun: () => {
      isPaid = false
    },
    refund: () => {
      if (isPaid) budget.refund()
      isPaid = false
    }
  }
}
