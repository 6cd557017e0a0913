/**
 * A guard, an observer and a budget that are asked and told of every call, and change nothing.
 */
import { Plugin, RateBudget } from "@powerdrill-sessions/core"
import { Effect, Layer } from "effect"

export const guard = Plugin.make({ name: "guard", before: () => Effect.void })

export const observer = Plugin.make({ name: "observer", after: () => Effect.void })

/** It counts every request, and lets nobody wait. */
export const budget = Layer.effect(RateBudget, RateBudget.makeMemory(1e9))
