/**
 * A server that only records: what arrives, byte for byte, and a hand-made answer for it.
 */
import { Effect } from "effect"
import * as Http from "node:http"

export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

export interface Server {
  readonly url: string
  readonly arrivals: ReadonlyArray<Arrival>
  /** The only request that arrived; throws where there were none or several. */
  readonly onlyArrival: () => readonly [Arrival]
}

export type Answer = (response: Http.ServerResponse, arrival: Arrival) => void

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

/** Answers the n-th request with the n-th answer; the last one again for those that come after. */
export const serve = (...answers: ReadonlyArray<Answer>) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Server & { readonly close: () => Promise<void> }>((resolve) => {
          const arrivals: Array<Arrival> = []
          const server = Http.createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
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
              answer?.(response, arrival)
            })
          })
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            if (address === null || typeof address === "string") throw new Error("The server has no port.")
            resolve({
              url: `http://127.0.0.1:${address.port}`,
              arrivals,
              onlyArrival: () => {
                const [arrival] = arrivals
                if (arrival === undefined || arrivals.length > 1)
                  throw new Error(`${arrivals.length} requests arrived.`)
                return [arrival]
              },
              close: () =>
                new Promise((closed) => {
                  server.close(() => closed())
                  server.closeAllConnections()
                })
            })
          })
        })
    ),
    (server) => Effect.promise(server.close)
  )
