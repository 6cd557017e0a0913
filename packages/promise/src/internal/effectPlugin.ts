/**
 * Plugins of the core inside of those of this package, whose types must not show it.
 */
import type * as Core from "@powerdrill-sessions/core"
import type { Effect, Scope } from "effect"
import type { Plugin } from "../Plugin.ts"

/** @internal */
export type Source = Core.Plugin | Effect.Effect<Core.Plugin, unknown, Scope.Scope>

// A property survives the copy that somebody makes of the plugin; without it, a copied guard would guard nothing.
const source = Symbol.for("@powerdrill-sessions/promise/source")

interface EffectPlugin extends Plugin {
  readonly [source]: Source
}

/** @internal */
export const fromSource = (name: string, from: Source): Plugin => {
  const plugin: EffectPlugin = { name, [source]: from }
  return Object.freeze(plugin)
}

/** @internal */
export const sourceOf = (plugin: Plugin): Source | undefined => (isEffectPlugin(plugin) ? plugin[source] : undefined)

/** @internal */
export const isFromEffect = (plugin: object): boolean => source in plugin

const isEffectPlugin = (plugin: Plugin): plugin is EffectPlugin => isFromEffect(plugin)
