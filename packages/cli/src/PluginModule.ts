/**
 * The plugins of `--plugin`: modules that a user names. None is ever looked for otherwise.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import type { Plugin as AsyncPlugin } from "@powerdrill-sessions/promise"
import { toEffectPlugin } from "@powerdrill-sessions/promise/effect"
import { Cause, Effect, Exit as EffectExit, type FileSystem, type Path, Predicate, type Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import * as NodeModule from "node:module"
import { isAbsolute, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type Exit, usage } from "./ExitCode.ts"

/**
 * What an effect that builds a plugin is given.
 *
 * @since 0.1.0
 */
export type Services = FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | Scope.Scope

/**
 * Loads the plugin of a module: its default export, made with `definePlugin` of the promise package, with `Plugin.make` of
 * core, or an effect that builds one of the latter. Fails with exit code 2 where there is none.
 *
 * **Details**
 *
 * What begins with `.` or `/` is a file, seen from the working directory; all else is a package that is installed there.
 *
 * @since 0.1.0
 */
export const load = Effect.fnUntraced(function* (
  specifier: string
): Effect.fn.Return<Plugin, Exit, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const unusable = (why: string) => usage(`Nothing was sent. The plugin ${specifier} cannot be used: ${why}`)
  const { default: exported } = yield* Effect.tryPromise({
    try: () => importFrom(specifier),
    catch: (error) => unusable(messageOf(error))
  })
  if (isPlugin(exported)) return exported
  if (!isBuilder(exported)) {
    if (!isAsyncPlugin(exported)) return yield* unusable("its default export is no plugin.")
    return yield* Effect.try({ try: () => toEffectPlugin(exported), catch: (error) => unusable(messageOf(error)) })
  }
  const built = yield* Effect.exit(Effect.provide(exported, FetchHttpClient.layer))
  if (EffectExit.isFailure(built)) return yield* unusable(messageOf(Cause.squash(built.cause)))
  return isPlugin(built.value) ? built.value : yield* unusable("its effect does not build a plugin of Plugin.make.")
})

// A wrapper's own errors end in lines of the output like those of the API. Nothing else tells them apart here.
const isPlugin = (u: unknown): u is Plugin => Plugin.isPlugin(u)

// `toEffectPlugin` looks closer.
const isAsyncPlugin = (u: unknown): u is AsyncPlugin => Predicate.isObject(u)

// What else it needs is missing when it runs, and is told like its other errors.
const isBuilder = (u: unknown): u is Effect.Effect<unknown, unknown, Services> => Effect.isEffect(u)

const messageOf = (error: unknown): string => (Predicate.isError(error) ? error.message : String(error))

const importFrom = (specifier: string): Promise<{ readonly default?: unknown }> =>
  specifier.startsWith(".") || isAbsolute(specifier)
    ? import(pathToFileURL(resolve(specifier)).href)
    : importPackage(specifier)

/** Imports a package as a module of the working directory would, wherever this program is installed. */
const importPackage = async (specifier: string): Promise<{ readonly default?: unknown }> => {
  const here = join(process.cwd(), "_")
  try {
    return await import(pathToFileURL(NodeModule.createRequire(here).resolve(specifier)).href)
  } catch (error) {
    if (!Predicate.hasProperty(error, "code") || error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error
    // Only Node can be told from where to import.
    if (!("registerHooks" in NodeModule)) throw error
  }
  // It exports nothing but to `import`, which has no other way to say from where.
  const hooks = NodeModule.registerHooks({
    resolve: (name, context, next) =>
      next(name, name === specifier ? { ...context, parentURL: pathToFileURL(here).href } : context)
  })
  try {
    return await import(specifier)
  } finally {
    hooks.deregister()
  }
}
