/**
 * Plugins of promises in programs of Effect, and the other way round. Only this entry mentions Effect in its types.
 *
 * @since 0.1.0
 */
import type * as Core from "@powerdrill-sessions/core"
import { Effect, type Scope } from "effect"
import { callSite } from "./internal/callSite.ts"
import { fromSource, sourceOf } from "./internal/effectPlugin.ts"
import { pluginFault } from "./internal/pluginFault.ts"
import { toCorePlugin } from "./internal/toCorePlugin.ts"
import { InvalidConfig } from "./InvalidConfig.ts"
import type { Plugin } from "./Plugin.ts"

/**
 * A plugin of promises as one of the core, for `Plugin.layer`, `Plugin.with` and `Sessions.make`.
 *
 * **Details**
 *
 * Throws `InvalidConfig` for what is no plugin, as `definePlugin` does, and for a plugin that an effect builds: give the
 * core that effect.
 *
 * **Example** (An async guard in a program of Effect)
 *
 * ```ts
 * import { Plugin, Sessions } from "@powerdrill-sessions/core"
 * import { protect } from "@powerdrill-sessions/promise"
 * import { toEffectPlugin } from "@powerdrill-sessions/promise/effect"
 * import { Layer } from "effect"
 *
 * const layer = Sessions.layerFetch.pipe(Layer.provide(Plugin.layer(toEffectPlugin(protect(["04b6…"])))))
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const toEffectPlugin = (plugin: Plugin): Core.Plugin => {
  const reason = pluginFault(plugin)
  if (reason !== undefined) throw invalid(reason)
  const source = sourceOf(plugin)
  if (source === undefined) return toCorePlugin(plugin)
  if (Effect.isEffect(source)) throw invalid("an effect builds this plugin; give that effect to Plugin.layer")
  return source
}

/**
 * A plugin of the core, or an effect that builds one, as a plugin for `createSessions`.
 *
 * **Details**
 *
 * The effect runs once per client, with its first call, and what it has acquired is released when the client closes. Where
 * it fails, or takes longer than the deadline of a call, every call ends with `Vetoed`, with `broken`: it may have been a
 * guard. The plugin is in force under the name that is given here.
 *
 * Wrappers that add errors to a call do not fit: `SessionsError` would not have them.
 *
 * **Gotchas**
 *
 * The hooks have the signal of no call; Effect interrupts them instead.
 *
 * **Example** (A plugin with a service)
 *
 * ```ts
 * import { Plugin } from "@powerdrill-sessions/core"
 * import { createSessions } from "@powerdrill-sessions/promise"
 * import { fromEffectPlugin } from "@powerdrill-sessions/promise/effect"
 * import { Effect } from "effect"
 *
 * declare const holds: Effect.Effect<ReadonlySet<string>, Error>
 *
 * const guard = Effect.map(holds, (held) =>
 *   Plugin.make({
 *     name: "holds",
 *     before: ({ sessionId }) => (held.has(sessionId) ? Plugin.veto("it is held") : Effect.void)
 *   })
 * )
 *
 * await using sessions = createSessions({ plugins: [fromEffectPlugin("holds", guard)] })
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const fromEffectPlugin: {
  (plugin: Core.Plugin): Plugin
  (name: string, plugin: Effect.Effect<Core.Plugin, unknown, Scope.Scope>): Plugin
} = (...args: [Core.Plugin] | [string, Effect.Effect<Core.Plugin, unknown, Scope.Scope>]): Plugin =>
  args.length === 1 ? fromSource(args[0].name, args[0]) : fromSource(...args)

const invalid = (reason: string) => callSite()(new InvalidConfig({ setting: "plugins", reason }))
