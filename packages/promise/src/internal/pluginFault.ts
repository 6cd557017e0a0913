/**
 * What is wrong with a plugin. The types say the same; a program in JavaScript may not have looked.
 */
import { Predicate } from "effect"
import { isFromEffect } from "./effectPlugin.ts"
import { isTimeSpan } from "./isTimeSpan.ts"
import { quote } from "./quote.ts"

const hooks = ["before", "around", "onAttempt", "onRetry", "after"]

/** What is wrong with one plugin, to be read after "cannot be used:". */
export const pluginFault = (plugin: unknown): string | undefined => {
  if (!Predicate.isObject(plugin)) return "a plugin must be an object with a name and hooks"
  const name: unknown = Reflect.get(plugin, "name")
  if (!Predicate.isString(name) || name === "") return "a plugin must have a name, a string that is not empty"
  const faulty = hooks.find((hook) => {
    const value: unknown = Reflect.get(plugin, hook)
    return value !== undefined && !Predicate.isFunction(value)
  })
  if (faulty !== undefined) return `${faulty} of the plugin ${quote(name)} must be a function`
  const timeout: unknown = Reflect.get(plugin, "timeout")
  if (timeout !== undefined && !isTimeSpan(timeout)) {
    return `timeout of the plugin ${quote(name)} must be a number of milliseconds or a string such as "10 seconds"`
  }
  // An object of a class may have fields of its own.
  const isPlain = Object.getPrototypeOf(plugin) === Object.prototype
  const unknown = Object.keys(plugin).find((key) => key !== "name" && key !== "timeout" && !hooks.includes(key))
  if (isPlain && unknown !== undefined) {
    return `the plugin ${quote(name)} has ${quote(unknown)}, which is none of ${hooks.join(", ")} and timeout`
  }
  // A guard that was left out, or exported beside it, would guard nothing.
  return isFromEffect(plugin) || hooks.some((hook) => Reflect.get(plugin, hook) !== undefined)
    ? undefined
    : `the plugin ${quote(name)} has none of ${hooks.join(", ")}`
}

/** What is wrong with a list of plugins. */
export const pluginsFault = (plugins: ReadonlyArray<unknown>): string | undefined => {
  const names = new Set<unknown>()
  for (const plugin of plugins) {
    const fault = pluginFault(plugin)
    if (fault !== undefined) return fault
    const name = Predicate.hasProperty(plugin, "name") ? plugin.name : undefined
    if (names.has(name)) return `two plugins have the name ${quote(String(name))}; give one of them another`
    names.add(name)
  }
  return undefined
}
