/**
 * How fast to ask: at 0.97 of the documented rate while that is granted, at what is really granted after a refusal, and
 * then back up. Times are milliseconds of one clock, rates are requests per second.
 */

/** Windows of every kind grant this share of the documented rate in steady state. */
const share = 0.97
/** A refusal stops everyone for this many intervals, and twice as long each time that nothing is granted after it. */
const haltIntervals = 4
const longestHalt = 2_000
/** What the API says is kept for its own call; the others try again after so long. */
const longestTold = 120_000
/** How long the granted pace is kept before it climbs: longer each time that climbing was refused. */
const shortestHold = 3_000
const longestHold = 6_000
/** The pace grows by half each second. */
const growth = 1.5
const slowest = 0.5

export interface Pace {
  /** How far apart requests are to be. */
  readonly interval: (now: number) => number
  /** How long nothing may be sent. */
  readonly haltedFor: (now: number) => number
  /** The API let a request through. */
  readonly granted: (now: number) => void
  /** The API refused a request for the rate, and said how long to wait, or 0. */
  readonly refused: (now: number, retryAfter: number) => void
}

export const make = (requestsPerSecond: number): Pace => {
  const fastest = share * requestsPerSecond
  let rate = fastest
  let halt = 0
  let haltedUntil = 0
  let hold = 0
  let grants: Array<number> = []
  /** When those are left out that are long past. */
  let manyGrants = 64

  const rateAt = (now: number): number =>
    Math.min(fastest, rate * growth ** (Math.max(0, now - haltedUntil - hold) / 1_000))
  const within = (times: ReadonlyArray<number>, since: number): number => times.filter((at) => at >= since).length

  return {
    interval: (now) => 1_000 / rateAt(now),
    haltedFor: (now) => Math.max(0, haltedUntil - now),
    granted: (now) => {
      grants.push(now)
      if (grants.length < manyGrants) return
      grants = grants.filter((at) => at >= now - 1_000)
      manyGrants = 2 * grants.length + 64
    },
    refused: (now, retryAfter) => {
      // Those that were under way when the first one was refused say nothing new.
      if (now >= haltedUntil) {
        const resumed = Math.max(haltedUntil, now - 1_000)
        const grantedSince = within(grants, resumed)
        if (halt === 0 || grantedSince > 0) {
          const current = rateAt(now)
          const asked = (1_000 * (grantedSince + 1)) / Math.max(1, now - resumed)
          const granted = share * within(grants, now - 1_000)
          // One that asks little is granted little: that alone is no reason to give up more than half.
          const floor = asked < current / 2 ? current / 2 : slowest
          const climbing = now > haltedUntil + hold
          hold = !climbing || current === fastest ? shortestHold : Math.min(longestHold, hold * 2)
          halt = haltIntervals * (1_000 / current)
          rate = Math.min(current, Math.max(granted, floor))
        } else {
          // A window that is full lets nothing through until it has moved on, however slowly it is asked.
          halt = Math.max(halt, Math.min(longestHalt, halt * 2))
        }
        haltedUntil = Math.ceil(now + halt)
      }
      haltedUntil = Math.max(haltedUntil, Math.ceil(now + Math.min(retryAfter, longestTold)))
    }
  }
}
