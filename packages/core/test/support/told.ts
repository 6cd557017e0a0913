/**
 * What the transport of a client tells of one request.
 */
import { Transport } from "@powerdrill-sessions/core"
import { Effect, type Exit } from "effect"
import { HttpClient } from "effect/http"

interface Told {
  readonly head: Transport.Head | undefined
  readonly ending: Exit.Exit<Transport.Body, unknown>
}

export const told = (request: Partial<Transport.Request> & Pick<Transport.Request, "url">) =>
  HttpClient.HttpClient.use((client) =>
    Effect.withFiber<Told>(({ context }) => {
      const transport = Transport.attached(client)
      if (transport === undefined) return Effect.die(new Error("The client has no transport."))
      return Effect.callback((resume) => {
        let head: Transport.Head | undefined
        return transport(
          { method: "DELETE", headers: {}, maxBytes: 100, ...request },
          {
            onHead: (told) => {
              if (head !== undefined) resume(Effect.die(new Error("There are two heads.")))
              head = told
            },
            onEnd: (ending) => resume(Effect.succeed({ head, ending }))
          },
          context
        )
      })
    })
  )
