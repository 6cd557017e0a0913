// What an `AsyncResource` holds on to that was made inside of another one's scope, without Effect: `node FILE`, `bun FILE`,
// `deno run --allow-all FILE`. On Deno 2.9 it is some hundred bytes for each that ever was, on Node and Bun nothing.
import { AsyncResource } from "node:async_hooks"
import { heapInUse } from "./heap.ts"

const count = 100_000

/** Each is made where the one before it is entered, and is all that is left of it. */
const chain = (resource: AsyncResource, left: number, done: (last: AsyncResource) => void): void => {
  const next = resource.runInAsyncScope(() => new AsyncResource("link"))
  if (left === 0) done(next)
  else queueMicrotask(() => chain(next, left - 1, done))
}

const extended = (resource: AsyncResource) => new Promise<AsyncResource>((done) => chain(resource, count, done))

const first = await extended(new AsyncResource("link"))
const before = await heapInUse()
const last = await extended(first)
const grown = (await heapInUse()) - before
console.log(`${Math.round(grown / count)} bytes for each, of which only the last is in use: number ${last.asyncId()}`)
