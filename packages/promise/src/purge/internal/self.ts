import { hostname, userInfo } from "node:os"

/** Who this is, for others who look at the ledger: `user@host, process 4711`. */
export const self = (): string => {
  const [user, host] = [known(() => userInfo().username), known(hostname)]
  const who = [user, host].filter((part) => part !== undefined).join("@")
  return `${who}${who === "" ? "" : ", "}process ${process.pid}`
}

/** A container's user may have no name, and Deno may not permit to ask. */
const known = (ask: () => string): string | undefined => {
  try {
    return ask()
  } catch {
    return undefined
  }
}
