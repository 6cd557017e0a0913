/**
 * Servers that allow so many requests a second, in simulated time, and count them in their own way.
 */
export interface Limit {
  /** Whether a request at this time, in milliseconds, is let through. */
  readonly admit: (now: number) => boolean
}

export const fixedWindow = (limit: () => number): Limit => {
  let window = -1
  let count = 0
  return {
    admit: (now) => {
      const current = Math.floor(now / 1_000)
      if (current !== window) {
        window = current
        count = 0
      }
      return ++count <= limit()
    }
  }
}

export const slidingWindow = (limit: () => number): Limit => {
  let admitted: Array<number> = []
  return {
    admit: (now) => {
      admitted = admitted.filter((at) => at > now - 1_000)
      if (admitted.length >= limit()) return false
      admitted.push(now)
      return true
    }
  }
}

export const tokenBucket = (limit: () => number): Limit => {
  let tokens = limit()
  let last = 0
  return {
    admit: (now) => {
      tokens = Math.min(limit(), tokens + ((now - last) * limit()) / 1_000)
      last = now
      if (tokens < 1) return false
      tokens--
      return true
    }
  }
}
