/**
 * Plugins in a context. Of two services with one key one is dropped, guards and all: so each layer of plugins has a key of
 * its own beside the common one, and they add up.
 */
import { Context } from "effect"
import type { Plugin } from "../Plugin.ts"

/**
 * The plugins of one {@link Plugin.layer}. Those of several layers add up: {@link Plugin.inForce} tells all of them.
 *
 * @category services
 * @since 0.1.0
 */
export class Plugins extends Context.Service<Plugins, ReadonlyArray<Plugin>>()(
  "@powerdrill-sessions/core/internal/plugins"
) {}

const prefix = "@powerdrill-sessions/core/internal/plugins/layer/"

let layers = 0

/** What puts plugins into a context, the same place each time. */
export const adder = (): ((plugins: ReadonlyArray<Plugin>) => Context.Context<Plugins>) => {
  const key = `${prefix}${layers++}`
  return (plugins) =>
    Context.merge(Context.make(Plugins, plugins), Context.makeUnsafe<never>(new Map([[key, plugins]])))
}

/** The plugins of the layers in a context, in their order. A list is the same wherever its layer is provided. */
export const provided = (context: Context.Context<never>): ReadonlyArray<ReadonlyArray<Plugin>> =>
  Context.getOrUndefined(context, Plugins) === undefined
    ? []
    : Array.from(context.mapUnsafe).flatMap(([key, plugins]) => (key.startsWith(prefix) ? [plugins] : []))
