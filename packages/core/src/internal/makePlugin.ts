/**
 * Making a plugin: what its hooks can fail with and need is inferred, and what is no plugin is refused.
 */
import { Duration, Option, Predicate, type Types } from "effect"
import type { Plugin } from "../Plugin.ts"
import type { SessionsError } from "../SessionsError.ts"

const TypeId = "~@powerdrill-sessions/core/Plugin"

/** Whether a value was made here. */
export const isPlugin = (u: unknown): u is Plugin<Plugin.Failure, unknown> => Predicate.hasProperty(u, TypeId)

/** Infers all that `around` can fail with, and leaves out what `next` has failed with. */
export function make<E extends Plugin.Failure | Types.unhandled = never, R = never>(
  plugin: Omit<Plugin<never, R>, "around"> & { readonly around?: Plugin.Around<E, R> | undefined }
): Plugin<Exclude<E, SessionsError | Types.unhandled>, R>
export function make<R>(plugin: Plugin<never, R>): Plugin<never, R> {
  const { name, timeout } = plugin
  const fault = faultOf(plugin)
  if (fault !== undefined) throw new TypeError(`Plugin ${JSON.stringify(name)}: ${fault}.`)
  return Object.freeze({
    [TypeId]: TypeId,
    name,
    timeout,
    // An object of a class has them in its prototype, and needs itself.
    before: plugin.before?.bind(plugin),
    around: plugin.around?.bind(plugin),
    onAttempt: plugin.onAttempt?.bind(plugin),
    onRetry: plugin.onRetry?.bind(plugin),
    after: plugin.after?.bind(plugin)
  })
}

export const hookNames = ["before", "around", "onAttempt", "onRetry", "after"] as const

const fields: ReadonlyArray<string> = ["name", "timeout", TypeId, ...hookNames]

/** What is wrong with a plugin. The types say the same; a module that is loaded may not have been compiled. */
const faultOf = (plugin: Plugin<Plugin.Failure, unknown>): string | undefined => {
  const { name, timeout } = plugin
  if (!Predicate.isString(name) || name === "") return "it needs a name"
  const broken = hookNames.find((hook) => plugin[hook] !== undefined && !Predicate.isFunction(plugin[hook]))
  if (broken !== undefined) return `${broken} must be a function`
  if (timeout !== undefined && Option.isNone(Duration.fromInput(timeout))) {
    return 'timeout must be a duration such as "10 seconds"'
  }
  // An object of a class may have fields of its own.
  const isPlain = Object.getPrototypeOf(plugin) === Object.prototype
  const unknown = isPlain ? Object.keys(plugin).find((field) => !fields.includes(field)) : undefined
  if (unknown !== undefined) return `${unknown} is none of ${hookNames.join(", ")}`
  return hookNames.every((hook) => plugin[hook] === undefined) ? `it has none of ${hookNames.join(", ")}` : undefined
}
