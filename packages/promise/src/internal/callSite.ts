/**
 * Where in the caller's program a call was made. The stack of an error that comes back over the network, later, would
 * show nothing but the inside of libraries.
 */
export type CallSite = <E extends Error>(error: E) => E

/** Remembers the caller, so that its place becomes the stack of the error that the call may end with. */
export const callSite = (): CallSite => {
  const here: { readonly stack?: string } = {}
  Error.captureStackTrace(here, callSite)
  const frames = /^\s*at .*/ms.exec(here.stack ?? "")?.[0]
  return (error) =>
    frames === undefined
      ? error
      : Object.defineProperty(error, "stack", {
          value: `${error.name}: ${error.message}\n${frames}`,
          configurable: true,
          writable: true
        })
}
