/**
 * How much trying again a client can afford, all its calls together: when most attempts fail, more of them only multiply
 * the load. The token bucket of the AWS SDKs' standard retry mode, with its figures.
 */

const capacity = 500
const retryCost = 5

export interface RetryBudget {
  /** Pays for one more attempt, if there is enough left. */
  readonly withdraw: () => boolean
  /** A retry that was paid for never began. */
  readonly refund: () => void
  /** A call was answered: what its last retry cost is paid back, and a little where it needed none. */
  readonly deposit: (attempts: number) => void
}

export const make = (): RetryBudget => {
  let tokens = capacity
  return {
    withdraw: () => {
      if (tokens < retryCost) return false
      tokens -= retryCost
      return true
    },
    refund: () => {
      tokens = Math.min(capacity, tokens + retryCost)
    },
    deposit: (attempts) => {
      tokens = Math.min(capacity, tokens + (attempts > 1 ? retryCost : 1))
    }
  }
}
