/**
 * Keeps the last result. Calls that are made in one place have the same context, and what fibers derive from a context
 * they derive once: to make a new one for each request and each hook took most of the time that those took.
 */
export const remembered = <A, B>(derive: (from: A) => B): ((from: A) => B) => {
  let last: { readonly from: A; readonly to: B } | undefined
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, to: derive(from) }
    return last.to
  }
}
