/**
 * Which plugin's hook a piece of the program runs in, across its awaits.
 */
import { AsyncLocalStorage } from "node:async_hooks"

interface Place {
  readonly plugin: string
  hasEnded: boolean
}

const places = new AsyncLocalStorage<Place>()

/**
 * Runs a hook, which then knows where it is until it has ended. What it has set going, and goes on after it, is free.
 *
 * @internal
 */
export const runInside = async <A>(plugin: string, hook: () => A): Promise<Awaited<A>> => {
  const place: Place = { plugin, hasEnded: false }
  try {
    return await places.run(place, hook)
  } finally {
    place.hasEnded = true
  }
}

/**
 * The plugin whose hook asks, if it is one that asks.
 *
 * @internal
 */
export const insideHook = (): string | undefined => {
  const place = places.getStore()
  return place === undefined || place.hasEnded ? undefined : place.plugin
}
