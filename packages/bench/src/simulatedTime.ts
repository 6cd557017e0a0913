/**
 * Runs a program at once that waits a lot: its timers and its clock are simulated.
 */
import { install } from "@sinonjs/fake-timers"

const toFake = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
  "Date"
] as const

/** The real one. It comes after all promises that can be settled without time. */
const { setImmediate: afterPromises } = globalThis

export const inSimulatedTime = async <A>(program: () => Promise<A>): Promise<A> => {
  const clock = install({ toFake: [...toFake] })
  // Runtimes wait for a millisecond at least, and no shorter than they are told.
  const { setTimeout } = globalThis
  const wait = (run: () => void, millis = 0) => setTimeout(run, Math.max(1, Math.ceil(millis)))
  Object.assign(globalThis, { setTimeout: wait })
  try {
    let ended = false
    const result = program().finally(() => (ended = true))
    while (true) {
      await new Promise<void>((resolve) => afterPromises(resolve))
      if (ended) return await result
      clock.next()
    }
  } finally {
    clock.uninstall()
  }
}
