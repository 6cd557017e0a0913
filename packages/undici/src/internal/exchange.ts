/**
 * A dispatcher of undici as a transport.
 */
import type { Transport } from "@powerdrill-sessions/core"
import { Effect, Exit } from "effect"
import type { Dispatcher } from "undici/index.js"
import { decoded } from "./decoded.ts"

export const over =
  (dispatcher: Dispatcher): Transport.Transport =>
  ({ headers, maxBytes, method, url }, listener) => {
    const exchange = new Exchange(listener, maxBytes)
    const path = url.indexOf("/", url.indexOf("//") + 2)
    const options = {
      origin: url.slice(0, path),
      path: url.slice(path),
      method,
      headers,
      // How long an answer may take is not for undici to say.
      headersTimeout: 0,
      bodyTimeout: 0
    }
    try {
      dispatcher.dispatch(options, exchange)
    } catch (cause) {
      exchange.end(Exit.fail(cause))
    }
    return exchange.letGo
  }

/** One request, and as much of its answer as is wanted. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly listener: Transport.Listener
  private readonly maxBytes: number
  private controller: Dispatcher.DispatchController | undefined
  private encoding: Transport.Head["headers"][string]
  private readonly chunks: Array<Uint8Array> = []
  private size = 0
  private ended = false

  constructor(listener: Transport.Listener, maxBytes: number) {
    this.listener = listener
    this.maxBytes = maxBytes
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.controller = controller
    // It may have been let go of while it waited for a connection. Then nothing has been sent, and nothing will be.
    if (this.ended) this.stop()
  }

  onResponseStart(_: unknown, status: number, headers: Transport.Head["headers"]) {
    // Others announce it.
    if (status < 200) return
    this.encoding = headers["content-encoding"]
    this.listener.onHead({ status, headers })
  }

  onResponseData(_: unknown, chunk: Uint8Array) {
    this.chunks.push(chunk)
    this.size += chunk.length
    if (this.size <= this.maxBytes) return
    this.onResponseEnd()
    this.stop()
  }

  onResponseEnd() {
    if (!this.ended) this.end(this.body())
  }

  onResponseError(_: unknown, cause: unknown) {
    this.end(Exit.fail(cause))
  }

  end(ending: Exit.Exit<Transport.Body, unknown>) {
    if (this.ended) return
    this.ended = true
    // Once undici has read all that has arrived, and the connection is free again.
    queueMicrotask(() => this.listener.onEnd(ending))
  }

  readonly letGo = Effect.sync(() => {
    this.ended = true
    this.stop()
  })

  private stop() {
    this.controller?.abort(letGo)
  }

  private body(): Exit.Exit<Transport.Body, unknown> {
    const [first, ...others] = this.chunks
    const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(this.chunks)
    const whole = this.size <= this.maxBytes
    return Exit.map(decoded(bytes, this.encoding, this.maxBytes), (data) => ({ data, whole }))
  }
}

const letGo = new Error("Nobody waits for the answer any longer.")
