/**
 * What rings when its time has come. All that wait on one clock have one timer: to start one, and to stop it again, is a
 * large part of what a short request costs.
 */
import { Clock, Context, Duration, Effect, type Fiber } from "effect"

interface Appointment {
  /** In milliseconds of the clock's monotonic time. */
  readonly at: number
  readonly ring: () => void
}

class Alarm {
  private readonly clock: Clock.Clock
  private readonly appointments = new Set<Appointment>()
  private sleeper: Fiber.Fiber<void> | undefined
  private wakesAt = Infinity

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  set(time: Duration.Duration, ring: () => void): () => void {
    const appointment = { at: this.now() + Duration.toMillis(time), ring }
    this.appointments.add(appointment)
    if (appointment.at < this.wakesAt) this.sleepUntil(appointment.at)
    return () => {
      this.appointments.delete(appointment)
      // A timer would keep the program alive.
      if (this.appointments.size === 0) this.rest()
    }
  }

  private sleepUntil(at: number) {
    this.rest()
    this.wakesAt = at
    const sleep = this.clock.sleep(Duration.millis(at - this.now()))
    // On nobody's behalf: whoever is the first does not wait for all others.
    this.sleeper = Effect.runFork(Effect.map(sleep, () => this.wake()))
  }

  private wake() {
    const due = this.wakesAt
    this.sleeper = undefined
    this.wakesAt = Infinity
    let next = Infinity
    for (const appointment of this.appointments) {
      if (appointment.at > due) next = Math.min(next, appointment.at)
      else {
        this.appointments.delete(appointment)
        appointment.ring()
      }
    }
    if (next < this.wakesAt) this.sleepUntil(next)
  }

  private rest() {
    this.sleeper?.interruptUnsafe()
    this.sleeper = undefined
    this.wakesAt = Infinity
  }

  private now() {
    return Number(this.clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }
}

const alarms = new WeakMap<Clock.Clock, Alarm>()

/** Calls a function after a time, on the clock of the context. The function that it gives calls that off. */
export const alarm = (context: Context.Context<never>, time: Duration.Duration, ring: () => void): (() => void) => {
  const clock = Context.get(context, Clock.Clock)
  let alarm = alarms.get(clock)
  if (alarm === undefined) alarms.set(clock, (alarm = new Alarm(clock)))
  return alarm.set(time, ring)
}
