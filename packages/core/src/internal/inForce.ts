/**
 * Which plugins are in force where a call is made: those of its client, those provided to the program around it, and those
 * of `Plugin.with`.
 */
import { Context, Effect } from "effect"
import { DuplicatePlugin, type Plugin, ScopedPlugins } from "../Plugin.ts"
import { InsideHook, type Redact } from "./hook.ts"
import { type Core, compose, duplicateOf, type Hooks, veto } from "./hooks.ts"
import { provided } from "./plugins.ts"
import { remembered } from "./remembered.ts"

/** The hooks of a call, by its context. */
export type HooksIn<E extends Plugin.Failure = never> = (context: Context.Context<never>) => Hooks<E>

/** Those of the plugins that are provided now, and of the given ones inside of them. */
export const make = Effect.fnUntraced(function* <E extends Plugin.Failure>(
  plugins: ReadonlyArray<Plugin<E>>,
  redact: Redact
): Effect.fn.Return<HooksIn<E>, DuplicatePlugin> {
  const ownLists: ReadonlyArray<ReadonlyArray<Plugin<E>>> = [...provided(yield* Effect.context<never>()), plugins]
  const own = ownLists.flat()
  const name = duplicateOf(own)
  if (name !== undefined) return yield* new DuplicatePlugin({ name })
  const ownHooks = compose(own, redact)

  // What is around calls changes less often than their contexts do.
  let last: { readonly lists: ReadonlyArray<ReadonlyArray<Plugin<E>>>; readonly hooks: Hooks<E> } | undefined
  return remembered((context) => {
    const inside = Context.getOrUndefined(context, InsideHook)
    if (inside !== undefined) return refusing(inside)
    const around = provided(context).filter((list) => !ownLists.includes(list))
    const scoped = Context.getOrUndefined(context, ScopedPlugins)
    if (around.length === 0 && scoped === undefined) return ownHooks
    const lists = scoped === undefined ? around : [...around, scoped]
    if (last === undefined || !isSame(last.lists, lists)) {
      last = { lists, hooks: compose([...own, ...lists.flat()], redact) }
    }
    return last.hooks
  })
})

const isSame = <A>(one: ReadonlyArray<A>, other: ReadonlyArray<A>): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

/** A hook that itself deletes could go round in circles, or past the guards. */
const refusing = (plugin: string): Hooks => ({
  perform: (core: Core) => Effect.fail(veto(core, plugin, "a hook must not delete")),
  onAttempt: undefined,
  onRetry: undefined
})
