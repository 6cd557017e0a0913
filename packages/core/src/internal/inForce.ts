/**
 * Which plugins are in force where a call is made: those of its client, those provided to the program around it, and those
 * of `Plugin.with`.
 */
import { Context, Effect } from "effect"
import { DuplicatePlugin, type Plugin, Plugins, ScopedPlugins } from "../Plugin.ts"
import { InsideHook } from "./hook.ts"
import { type Core, compose, duplicateOf, type Hooks, veto } from "./hooks.ts"

/** The hooks of a call, by its context. */
export type HooksIn<E extends Plugin.Failure = never> = (context: Context.Context<never>) => Hooks<E>

/** Those of the plugins that are provided now, and of the given ones inside of them. */
export const make = Effect.fnUntraced(function* <E extends Plugin.Failure>(
  plugins: ReadonlyArray<Plugin<E>>,
  redact: (text: string) => string
): Effect.fn.Return<HooksIn<E>, DuplicatePlugin> {
  const provided = Context.getOrUndefined(yield* Effect.context<never>(), Plugins)
  const own = [...(provided ?? []), ...plugins]
  const name = duplicateOf(own)
  if (name !== undefined) return yield* new DuplicatePlugin({ name })
  const ownHooks = compose(own, redact)

  // Calls that are made in one place come one after the other.
  let last: InForce<E> | undefined
  return (context) => {
    const inside = Context.getOrUndefined(context, InsideHook)
    if (inside !== undefined) return refusing(inside)
    const around = Context.getOrUndefined(context, Plugins)
    const scoped = Context.getOrUndefined(context, ScopedPlugins)
    const more = around === provided ? undefined : around
    if (more === undefined && scoped === undefined) return ownHooks
    if (last === undefined || last.more !== more || last.scoped !== scoped) {
      last = { more, scoped, hooks: compose([...own, ...(more ?? []), ...(scoped ?? [])], redact) }
    }
    return last.hooks
  }
})

interface InForce<E extends Plugin.Failure> {
  readonly more: ReadonlyArray<Plugin> | undefined
  readonly scoped: ReadonlyArray<Plugin> | undefined
  readonly hooks: Hooks<E>
}

/** A hook that itself deletes could go round in circles, or past the guards. */
const refusing = (plugin: string): Hooks => ({
  perform: (core: Core) => Effect.fail(veto(core, plugin, "a hook must not delete")),
  onAttempt: undefined,
  onRetry: undefined
})
