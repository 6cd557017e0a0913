/**
 * A server on loopback that records what arrives, and gives a hand-made answer for it.
 */
import * as Http from "node:http"

/** The key of every test. It must appear nowhere but on the wire. */
export const canary = "canary-5d0c93b7e1"

export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

export type Answer = (response: Http.ServerResponse, arrival: Arrival) => void

export interface Server extends AsyncDisposable {
  readonly url: string
  readonly arrivals: ReadonlyArray<Arrival>
  /** Resolves when so many requests have arrived. */
  readonly arrived: (count: number) => Promise<void>
  /** Resolves when a client has given up so many requests. */
  readonly abandoned: (count: number) => Promise<void>
}

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(typeof body === "string" ? body : JSON.stringify(body))
  }

export const success = json({ code: 0, data: null }, 200, { "x-pd-trace-id": "trace-1" })

/** The connection is reset without a word. */
export const reset: Answer = (response) => {
  response.socket?.destroy()
}

/** No answer ever comes. */
export const silence: Answer = () => {}

/** Headers and half a body come, and nothing after them. */
export const half: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json" })
  response.write('{"code":')
}

/** Answers the n-th request with the n-th answer; the last one again for those that come after. */
export const serve = async (...answers: ReadonlyArray<Answer>): Promise<Server> => {
  const arrivals: Array<Arrival> = []
  const [arrived, onArrival] = counter()
  const [abandoned, onAbandon] = counter()
  const server = Http.createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const arrival: Arrival = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString()
      }
      const answer = answers[Math.min(arrivals.length, answers.length - 1)]
      arrivals.push(arrival)
      response.on("close", () => {
        if (!response.writableFinished) onAbandon()
      })
      answer?.(response, arrival)
      onArrival()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The server has no port.")
  return {
    url: `http://127.0.0.1:${address.port}`,
    arrivals,
    arrived,
    abandoned,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

const counter = () => {
  let count = 0
  let waiting: Array<readonly [count: number, resolve: () => void]> = []
  const increment = () => {
    count++
    for (const [needed, resolve] of waiting) if (count >= needed) resolve()
    waiting = waiting.filter(([needed]) => count < needed)
  }
  const reached = (needed: number) =>
    new Promise<void>((resolve) => {
      if (count >= needed) resolve()
      else waiting.push([needed, resolve])
    })
  return [reached, increment] as const
}
