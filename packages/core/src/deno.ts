/**
 * `import "@powerdrill-sessions/core/deno"`: for programs that make many thousands of calls on Deno. On other runtimes it does
 * nothing.
 *
 * A fiber of Effect 4.1 on Deno 2.9 holds on to half a kilobyte for each time that it has ever waited: one that pulls a
 * stream of a million deletes, to half a gigabyte. Importing this module mends that, for all fibers of the program. It does so
 * by changing `AsyncResource.prototype.runInAsyncScope` of `node:async_hooks`, for fibers only. An `AsyncLocalStorage` has
 * the same value inside of effects as before, unless it is set there by `enterWith`: that is lost when the fiber waits for
 * the next time.
 *
 * @since 0.1.0
 */
import { keepFirstContext } from "./internal/fiberContext.ts"

keepFirstContext()
