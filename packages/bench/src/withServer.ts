/**
 * The server of a benchmark, in a process of its own.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

export const withServer = async <A>(use: (url: string) => Promise<A>): Promise<A> => {
  const file = fileURLToPath(new URL("server.ts", import.meta.url))
  const server = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] })
  try {
    const [line] = await once(server.stdout, "data")
    return await use(String(line).trim())
  } finally {
    server.stdin.end()
  }
}
