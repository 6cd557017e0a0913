/**
 * Where a request needs a connection of its own.
 */

// When a connection that was kept open is reset under a request, Bun's and Deno's fetch send the request again, unasked
// and unseen: a delete that was done would be answered "not found". On a connection of its own nothing is sent twice.
// Node's fetch does not do that; of other runtimes it is not known.
export const ownConnection = (): { readonly connection: "close" } | undefined =>
  typeof navigator === "object" && navigator.userAgent.startsWith("Node.js/") ? undefined : { connection: "close" }
