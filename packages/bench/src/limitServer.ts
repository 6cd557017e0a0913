// A server with limits: `/KIND/LIMIT/TEAM` is answered after 50 ms, and refused where that team has made more requests
// than so many a second. It prints its URL, and ends when its standard input does.
import { createServer } from "node:http"
import type { Limit } from "../../core/test/support/Limit.ts"
import { answerOf, isKind, kinds } from "./Team.ts"

const teams = new Map<string, Limit>()

const limitOf = (path: string): Limit => {
  const known = teams.get(path)
  if (known !== undefined) return known
  const [, kind = "", limit] = path.split("/")
  if (!isKind(kind)) throw new Error(`There is no kind ${kind}.`)
  const made = kinds[kind](() => Number(limit))
  teams.set(path, made)
  return made
}

const oneWay = 25

const server = createServer(({ url = "" }, response) => {
  setTimeout(() => {
    const { body, status } = answerOf(limitOf(url).admit(Date.now()))
    setTimeout(() => {
      response.writeHead(status, { "content-type": "application/json", "content-length": body.length })
      response.end(body)
    }, oneWay)
  }, oneWay)
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The server has no port.")
  console.log(`http://127.0.0.1:${address.port}`)
})

process.stdin.on("end", () => process.exit()).resume()
