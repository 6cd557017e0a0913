/**
 * What a budget can do without an effect. It is kept beside the budget: who puts something around one has a budget without.
 */
import type { RateBudget } from "../RateBudget.ts"

/** Times are milliseconds since 1970. */
export interface Immediate {
  /** Takes a turn if it is there at once, and nobody waits for one. */
  readonly take: (now: number) => boolean
  readonly report: (now: number, answer: RateBudget.Answer) => void
}

const known = new WeakMap<RateBudget["Service"], Immediate>()

export const immediate = (budget: RateBudget["Service"]): Immediate | undefined => known.get(budget)

export const withImmediate = (budget: RateBudget["Service"], immediate: Immediate): RateBudget["Service"] => {
  known.set(budget, immediate)
  return budget
}
