// A server that is as fast as they come: every request is answered `{"code":0}`. It prints its URL, and ends when its
// standard input does.
import { createServer } from "node:http"

const body = JSON.stringify({ code: 0 })
const headers = { "content-type": "application/json", "content-length": body.length }

const server = createServer((_, response) => {
  response.writeHead(200, headers)
  response.end(body)
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The server has no port.")
  console.log(`http://127.0.0.1:${address.port}`)
})

process.stdin.on("end", () => process.exit()).resume()
