/**
 * What is alive, once the garbage is gone.
 */
import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** The heap that is in use, in bytes. */
export const heapInUse = async (): Promise<number> => {
  // What is finalized in one go may free more for the next.
  for (let times = 0; times < 3; times++) {
    collect()
    await setImmediate()
  }
  return process.memoryUsage().heapUsed
}

interface Bun {
  readonly Bun: { readonly gc: (now: true) => void }
}

const isBun = (runtime: object): runtime is Bun => "Bun" in runtime

const collectorOfV8 = (): (() => void) => {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect !== "function") throw new Error("This runtime does not collect its garbage when told to.")
  return () => Reflect.apply(collect, undefined, [])
}

const collectorOf = (runtime: object): (() => void) => (isBun(runtime) ? () => runtime.Bun.gc(true) : collectorOfV8())

const collect = collectorOf(globalThis)
