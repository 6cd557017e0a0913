/**
 * The plugins of a run. Without any, nothing of what loads them is imported.
 *
 * @since 0.1.0
 */
import type { Plugin } from "@powerdrill-sessions/core"
import { Effect, type Scope } from "effect"
import type { Exit } from "./ExitCode.ts"
import type { Output } from "./Output.ts"
import * as Services from "./Services.ts"
import type { Stop } from "./Stop.ts"

/**
 * Loads the plugins of these modules, in order. Fails with exit code 2 where one cannot be used.
 *
 * @since 0.1.0
 */
export const load = Effect.fnUntraced(function* (
  specifiers: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<Plugin>, Exit, Output | Scope.Scope | Stop> {
  if (specifiers.length === 0) return []
  const PluginModule = yield* Effect.promise(() => import("./PluginModule.ts"))
  yield* PluginModule.catchStrays
  return yield* Effect.provide(Effect.forEach(specifiers, PluginModule.load), Services.layer)
})
