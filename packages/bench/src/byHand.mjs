// What somebody would write instead of using the command line: one delete, with fetch, and an exit code.
const baseUrl = process.env["POWERDRILL_BASE_URL"]
const apiKey = process.env["POWERDRILL_PROJECT_API_KEY"]
const userId = process.env["POWERDRILL_USER_ID"]
const [, , sessionId] = process.argv
if (!baseUrl || !apiKey || !userId || !sessionId) {
  console.error("Set the variables, and give an id.")
  process.exit(2)
}
const url = `${baseUrl}/v1/team/sessions/${encodeURIComponent(sessionId)}?userId=${encodeURIComponent(userId)}`
const response = await fetch(url, { method: "DELETE", headers: { "x-pd-api-key": apiKey }, redirect: "manual" })
const { code, msg } = await response.json()
if (code === 0) {
  console.log(`deleted ${sessionId}`)
} else {
  console.error(`not deleted ${sessionId}: ${code} ${msg}`)
  process.exit(1)
}
