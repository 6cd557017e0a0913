/**
 * An error of somebody else, without the API key: not in its message, its stack, its fields, nor in what it names as its
 * cause. Where nothing holds the key, the error stays as it is.
 */
import { Predicate } from "effect"
import type { Redact } from "./hook.ts"

/** The same error; one that lets nobody change it is replaced by a copy, of the same class. */
export const redacted = <A extends object>(error: A, redact: Redact, path: ReadonlyArray<object> = []): A => {
  const names = new Set(Object.getOwnPropertyNames(error))
  // Where they are inherited, they are there as well.
  if (error instanceof Error) names.add("message").add("stack")
  const changes: Record<string, PropertyDescriptor> = {}
  for (const name of names) {
    const value: unknown = Reflect.get(error, name)
    const shown = clean(value, redact, [...path, error])
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, name)
    if (shown !== value) changes[name] = { value: shown, writable: true, configurable: true, enumerable }
  }
  const isDone = Object.entries(changes).every(([name, change]) => Reflect.defineProperty(error, name, change))
  if (isDone) return error
  return Object.create(Object.getPrototypeOf(error), { ...Object.getOwnPropertyDescriptors(error), ...changes })
}

/** What is no plain object, no list and no error has secrets of its own, and keeps them. */
const clean = (value: unknown, redact: Redact, path: ReadonlyArray<object>): unknown => {
  if (Predicate.isString(value)) return redact(value)
  if (!Predicate.isObjectOrArray(value)) return value
  if (path.includes(value)) return "<circular>"
  if (value instanceof Error) return redacted(value, redact, path)
  const inside = (item: unknown) => clean(item, redact, [...path, value])
  if (Array.isArray(value)) {
    const items: ReadonlyArray<unknown> = value
    const shown = items.map(inside)
    return shown.every((item, index) => item === items[index]) ? value : shown
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const shown = Object.entries(value).map(([name, item]) => [name, item, inside(item)] as const)
  return shown.every(([, item, after]) => item === after)
    ? value
    : Object.fromEntries(shown.map(([name, , after]) => [name, after]))
}
