/**
 * The time that a call has: for everything that it does, and waits for.
 */
import { type Clock, Duration } from "effect"

export class Deadline {
  private readonly clock: Clock.Clock
  /** In milliseconds since 1970. */
  readonly endsAt: number

  /** It begins now. */
  constructor(clock: Clock.Clock, length: Duration.Duration) {
    this.clock = clock
    this.endsAt = this.now() + Duration.toMillis(length)
  }

  /** In milliseconds since 1970. */
  now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  left(): Duration.Duration {
    return Duration.millis(Math.max(0, this.endsAt - this.now()))
  }
}
