/**
 * The plugins of `--plugin`: modules that a user names. None is ever looked for otherwise.
 *
 * @since 0.1.0
 */
import { Plugin } from "@powerdrill-sessions/core"
import type { Plugin as AsyncPlugin } from "@powerdrill-sessions/promise"
import { toEffectPlugin } from "@powerdrill-sessions/promise/effect"
import { Cause, Effect, Exit as EffectExit, type FileSystem, Formatter, type Path, Predicate, type Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { existsSync } from "node:fs"
import * as NodeModule from "node:module"
import { isAbsolute, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type Exit, usage } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { exitOnSignal, Stop } from "./Stop.ts"

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
): Effect.fn.Return<Plugin, Exit, FileSystem.FileSystem | Path.Path | Scope.Scope | Stop> {
  const unusable = (why: string) => usage(`Nothing was sent. The plugin ${specifier} cannot be used: ${why}`)
  return yield* build(specifier).pipe(
    Effect.mapError(unusable),
    Effect.timeoutOrElse({ duration: patience, orElse: () => unusable(`it has not loaded within ${patience}.`) }),
    Effect.raceFirst(exitOnSignal("Nothing was sent: interrupted while loading a plugin."))
  )
})

/** How long a module may take to load, and its plugin to be built. */
const patience = "30 seconds"

/** The plugin of a module, or what is wrong with it. */
const build = Effect.fnUntraced(function* (specifier: string) {
  const module = yield* Effect.tryPromise({ try: () => importFrom(specifier), catch: reasonOf })
  const exported: unknown = Reflect.get(module, "default")
  if (isPlugin(exported)) return exported
  if (isBuilder(exported)) {
    const built = yield* Effect.exit(Effect.provide(exported, FetchHttpClient.layer))
    if (EffectExit.isFailure(built)) return yield* Effect.fail(reasonOf(Cause.squash(built.cause)))
    return isPlugin(built.value)
      ? built.value
      : yield* Effect.fail("its effect does not build a plugin of Plugin.make.")
  }
  if (exported === undefined) {
    const names = Object.keys(module).join(", ")
    return yield* Effect.fail(`it has no default export; it exports ${names === "" ? "nothing" : names}.`)
  }
  if (Predicate.isFunction(exported)) {
    return yield* Effect.fail("its default export is a function; export what it returns.")
  }
  if (!isAsyncPlugin(exported)) return yield* Effect.fail("its default export is no plugin.")
  return yield* Effect.try({ try: () => toEffectPlugin(exported), catch: reasonOf })
})

/**
 * While plugins are loaded: a promise that one of them has left alone does not end the program when it is rejected, nor
 * does what it throws later on. The first is told; after the second nothing new is begun.
 *
 * @since 0.1.0
 */
export const catchStrays = Effect.gen(function* () {
  const output = yield* Output
  const stop = yield* Stop
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const rejected = (error: unknown) =>
    void run(output.note(`A plugin left a promise alone that was rejected, which changes nothing: ${reasonOf(error)}`))
  const thrown = (error: unknown) =>
    void run(
      Effect.andThen(stop.request, output.note(`A plugin broke something; nothing new is begun: ${reasonOf(error)}`))
    )
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("unhandledRejection", rejected).on("uncaughtException", thrown)),
    () => Effect.sync(() => process.off("unhandledRejection", rejected).off("uncaughtException", thrown))
  )
})

// A wrapper's own errors end in lines of the output like those of the API. Nothing else tells them apart here.
const isPlugin = (u: unknown): u is Plugin => Plugin.isPlugin(u)

// `toEffectPlugin` looks closer.
const isAsyncPlugin = (u: unknown): u is AsyncPlugin => Predicate.isObject(u)

// What else it needs is missing when it runs, and is told like its other errors.
const isBuilder = (u: unknown): u is Effect.Effect<unknown, unknown, Services> => Effect.isEffect(u)

const reasonOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "reason") && Predicate.isString(error.reason)) return error.reason
  return Predicate.isError(error) ? error.message : Formatter.format(error)
}

const importFrom = (specifier: string): Promise<object> => {
  if (!specifier.startsWith(".") && !isAbsolute(specifier)) return importPackage(specifier)
  const path = resolve(specifier)
  return existsSync(path) ? import(pathToFileURL(path).href) : Promise.reject(new Error(`there is no file ${path}.`))
}

/** Imports a package as a module of the working directory would, wherever this program is installed. */
const importPackage = async (specifier: string): Promise<object> => {
  const here = join(process.cwd(), "_")
  try {
    return await import(pathToFileURL(NodeModule.createRequire(here).resolve(specifier)).href)
  } catch (error) {
    const code = Predicate.hasProperty(error, "code") ? error.code : undefined
    if (code === "MODULE_NOT_FOUND") {
      throw new Error(`there is no package ${specifier} in ${process.cwd()}. For a file, write ./${specifier}.`)
    }
    if (code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error
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
