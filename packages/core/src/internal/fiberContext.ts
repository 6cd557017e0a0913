/**
 * Keeps fibers on Deno from holding on to all that they have ever waited for.
 *
 * A fiber of Effect 4.1 takes an `AsyncResource` each time it is suspended, and goes on inside of it. Since an
 * `AsyncResource` of Deno 2.9 remembers the one that it was made in, a fiber has a chain of them that ends only when it
 * does. Here it goes on inside of the first that it took, each time, and the others can go. An `AsyncLocalStorage` has the
 * same value in it as before: the one from where the fiber was started.
 */
import { Fiber } from "effect"
import { remembered } from "./remembered.ts"

/** What is used of Deno's globals. */
interface Deno {
  readonly process: {
    readonly getBuiltinModule: (name: "node:async_hooks") => {
      readonly AsyncResource: { readonly prototype: Resource }
    }
  }
}

interface Resource {
  runInAsyncScope: (this: Resource, run: unknown, self: unknown, ...args: ReadonlyArray<unknown>) => unknown
}

/** Does nothing on other runtimes, nor a second time. It is for all fibers of the program, also those already there. */
// oxlint-disable-next-line no-restricted-globals -- what it mends is the runtime
export const keepFirstContext = (runtime: object = globalThis): void => {
  if (isDeno(runtime)) patch(runtime.process.getBuiltinModule("node:async_hooks").AsyncResource.prototype)
}

const isDeno = (runtime: object): runtime is Deno => "Deno" in runtime

const patch = remembered((prototype: Resource): void => {
  const { runInAsyncScope } = prototype
  /** Where a fiber keeps the first that it took. */
  const first = Symbol("first")
  const isFiber = (value: unknown): value is { [first]?: Resource } => Fiber.isFiber(value)
  prototype.runInAsyncScope = function (run, self, ...args) {
    const resource = isFiber(self) ? (self[first] ??= this) : this
    return Reflect.apply(runInAsyncScope, resource, [run, self, ...args])
  }
})
