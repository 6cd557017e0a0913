/**
 * What stands behind each client, for what is imported from elsewhere and shares its budget and its plugins.
 */
import type { Client } from "./runtime.ts"

const clients = new WeakMap<object, Client>()

/** @internal */
export const remember = (sessions: object, client: Client): void => {
  clients.set(sessions, client)
}

/**
 * Nothing for what `createSessions` has not made: a copy may have methods of its own, which would be passed over.
 *
 * @internal
 */
export const clientOf = (sessions: unknown): Client | undefined =>
  typeof sessions === "object" && sessions !== null ? clients.get(sessions) : undefined
