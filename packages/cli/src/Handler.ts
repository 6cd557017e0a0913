/**
 * What a command does, apart from what it takes: it is imported when the command is given, so that none starts with the
 * modules of the others.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as Services from "./Services.ts"

/**
 * The handler in a module of its own, with the services of the runtime.
 *
 * @since 0.1.0
 */
export const load =
  <Given, E, R>(module: () => Promise<{ readonly run: (given: Given) => Effect.Effect<void, E, R> }>) =>
  (given: Given): Effect.Effect<void, E, Exclude<R, Services.Services>> =>
    Effect.promise(module).pipe(
      Effect.flatMap(({ run }) => run(given)),
      Effect.provide(Services.layer)
    )
