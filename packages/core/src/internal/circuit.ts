/**
 * After the API has refused the key, calls fail fast for a moment rather than hammer it.
 *
 * `effect/persistence` has a circuit breaker that does this and much more; what is needed is one time to compare with.
 */

/** How long nothing is sent after the key was refused, in milliseconds. */
const openFor = 5_000

export interface Circuit {
  /** Whether the key was refused a moment ago. */
  readonly isOpen: (now: number) => boolean
  /** The API has refused the key. */
  readonly open: (now: number) => void
}

export const make = (): Circuit => {
  let openUntil = 0
  return {
    isOpen: (now) => now < openUntil,
    open: (now) => {
      openUntil = now + openFor
    }
  }
}
