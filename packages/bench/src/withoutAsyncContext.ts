/**
 * Imported before `effect`, keeps its fibers on Deno from holding on to all that they have ever waited for.
 *
 * A fiber of Effect 4.1 takes an `AsyncResource` each time it is suspended, and goes on inside of it. Since an
 * `AsyncResource` of Deno 2.9 remembers the one that it was made in, a fiber that lives long has a chain of them, some
 * hundred bytes for each time, that only ends with it. Without `AsyncResource` fibers do without; what is lost is that
 * an `AsyncLocalStorage` of the program is seen inside of effects.
 */
const getBuiltinModule = process.getBuiltinModule.bind(process)

if ("Deno" in globalThis) {
  process.getBuiltinModule = new Proxy(getBuiltinModule, {
    apply: (target, self, args) => (args[0] === "node:async_hooks" ? undefined : Reflect.apply(target, self, args))
  })
  // The modules of the program are loaded by then.
  setTimeout(() => (process.getBuiltinModule = getBuiltinModule))
}
