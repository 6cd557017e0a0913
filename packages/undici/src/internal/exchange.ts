/**
 * One request, and as much of its answer as is wanted, as undici tells of them.
 */
import type { BoundedResponse } from "@powerdrill-sessions/core"
import { Effect, Exit } from "effect"
import type { Dispatcher } from "undici/index.js"

type Head = BoundedResponse.Source
type Body = BoundedResponse.Body

/** Where a body ends that nobody limits further, in bytes. It is received whether it is read or not. */
const longest = 16 * 1024 * 1024

/** Has the request made, and waits for the head of its answer. Fails with what undici says. Bodies are as they were sent. */
export const exchange = (dispatcher: Dispatcher, options: Dispatcher.DispatchOptions): Effect.Effect<Head, unknown> =>
  Effect.callback((resume) => {
    const exchange = new Exchange(resume)
    try {
      dispatcher.dispatch(options, exchange)
    } catch (cause) {
      exchange.end(Exit.fail(cause))
    }
    return exchange.abandon
  })

class Exchange implements Dispatcher.DispatchHandler {
  private readonly onHead: (head: Exit.Exit<Head, unknown>) => void
  private readonly onEnd: Array<() => void> = []
  private controller: Dispatcher.DispatchController | undefined
  private readonly chunks: Array<Uint8Array> = []
  private size = 0
  private limit = longest
  private ending: Exit.Exit<void, unknown> | undefined

  constructor(onHead: (head: Exit.Exit<Head, unknown>) => void) {
    this.onHead = onHead
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.controller = controller
    // It may have been abandoned while it waited for a connection. Then nothing has been sent, and nothing will be.
    if (this.ending !== undefined) this.stop()
  }

  onResponseStart(_: unknown, status: number, headers: Head["headers"]) {
    // Others announce it.
    if (status < 200) return
    const head = Exit.succeed({ status, headers, bodyUpTo: (bytes: number) => this.bodyUpTo(bytes) })
    // Once undici has read all that has arrived: then a short body is there as well, and its connection is free again.
    queueMicrotask(() => this.onHead(head))
  }

  onResponseData(_: unknown, chunk: Uint8Array) {
    if (this.ending !== undefined) return
    this.chunks.push(chunk)
    this.size += chunk.length
    this.cut()
  }

  onResponseEnd() {
    this.end(Exit.void)
  }

  onResponseError(_: unknown, cause: unknown) {
    this.end(Exit.fail(cause))
  }

  end(ending: Exit.Exit<void, unknown>) {
    if (this.ending !== undefined) return
    this.ending = ending
    queueMicrotask(() => {
      // Where the head has been told, this is not.
      if (Exit.isFailure(ending)) this.onHead(Exit.failCause(ending.cause))
      for (const wake of this.onEnd) wake()
    })
  }

  readonly abandon = Effect.sync(() => {
    this.end(Exit.fail(interrupted))
    this.stop()
  })

  private stop() {
    this.controller?.abort(interrupted)
  }

  /** Ends what is longer than anybody wants it. */
  private cut() {
    if (this.size <= this.limit) return
    this.end(Exit.void)
    this.stop()
  }

  private bodyUpTo(bytes: number): Effect.Effect<Body, unknown> {
    return Effect.suspend(() => {
      this.limit = Math.min(this.limit, bytes)
      this.cut()
      if (this.ending !== undefined) return this.body(this.ending)
      return Effect.callback((resume) => {
        this.onEnd.push(() => resume(this.body(this.ending ?? Exit.void)))
        return this.abandon
      })
    })
  }

  private body(ending: Exit.Exit<void, unknown>): Exit.Exit<Body, unknown> {
    return Exit.map(ending, () => {
      const [first, ...others] = this.chunks
      const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(this.chunks)
      return { bytes, whole: this.size <= this.limit }
    })
  }
}

const interrupted = new Error("The request was interrupted.")
