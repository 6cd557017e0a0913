/**
 * The services of the runtime: files, the terminal. To import them takes as long as a whole delete, so it is done where
 * one of them is needed.
 *
 * @since 0.1.0
 */
import type { NodeServices } from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { ChildProcessSpawner } from "effect/process"

/**
 * @since 0.1.0
 */
export type Services = NodeServices

/**
 * Imports them, and provides them.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<Services> = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("@effect/platform-node/NodeServices")),
    (services) => services.layer
  )
)

const unused = Effect.die(new Error("A command that needs a service of the runtime has to provide it."))

/**
 * What the framework of commands asks for on behalf of its wizard and of flags that open files: this program has neither.
 *
 * @since 0.1.0
 */
export const layerUnused: Layer.Layer<Services> = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: unused,
      rows: unused,
      size: unused,
      readInput: unused,
      readLine: unused,
      display: () => unused
    })
  ),
  Layer.succeed(
    ChildProcessSpawner.ChildProcessSpawner,
    ChildProcessSpawner.make(() => unused)
  )
)
