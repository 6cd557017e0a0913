/**
 * Opens a purge's report in Chromium, over the DevTools protocol, and looks at it: on a phone and on a desk, light and dark,
 * and on paper. Ends with `N passed, N failed`; where there is no Chromium it says so, and nothing has passed.
 *
 * `--pictures FOLDER` leaves screenshots and the printed page there.
 */
import { Report } from "@powerdrill-sessions/purge"
import { Effect, Stream } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import { broken, tiny, varied } from "../packages/purge/test/support/reports.ts"
import { conclude, type Tally } from "./tally.ts"

const chromium = "/usr/bin/chromium"
const chosen = process.argv.indexOf("--pictures")
const pictures = chosen === -1 ? undefined : process.argv[chosen + 1]

/** What the page says of itself. Runs in the browser. */
const examine = (expected: number) => `(() => {
  const problems = []
  const root = document.documentElement
  const wide = Math.max(root.scrollWidth, innerWidth)
  if (wide > ${expected}) problems.push("it scrolls sideways: it is " + wide + " pixels wide")
  const chart = document.querySelector("svg.chart")
  if (chart !== null) {
    const { height, width } = chart.getBoundingClientRect()
    if (width < 200 || height < 200) problems.push("its chart is " + width + " by " + height + " pixels")
  }
  if (document.querySelector("script, img, iframe, [onload], [onerror]") !== null) problems.push("it has an active element")
  const levels = Array.from(document.querySelectorAll("h1, h2, h3"), (h) => Number(h.tagName[1]))
  if (levels.filter((level) => level === 1).length !== 1) problems.push("it has not one h1")
  levels.forEach((level, i) => { if (i > 0 && level > levels[i - 1] + 1) problems.push("a heading skips a level") })
  for (const table of document.querySelectorAll("table")) {
    if (table.caption === null) problems.push("a table has no caption")
    if (table.querySelector("th:not([scope])") !== null) problems.push("a table head has no scope")
  }
  for (const landmark of ["header", "main", "footer"])
    if (document.querySelectorAll("body > " + landmark).length !== 1) problems.push("it has not one " + landmark)
  for (const { id } of document.querySelectorAll("[id]"))
    if (document.querySelectorAll("#" + id).length !== 1) problems.push("two elements have the id " + id)

  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const luminance = (colour) => channels(colour).slice(0, 3)
    .map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = (element) => {
    for (let e = element; e !== null; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor
      if (channels(colour)[3] !== 0) return colour
    }
    return "rgb(255, 255, 255)"
  }
  let texts = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (walker.currentNode.data.trim() === "" || element.getClientRects().length === 0) continue
    texts++
    const style = getComputedStyle(element)
    const front = element instanceof SVGElement ? style.fill : style.color
    const [dark, bright] = [luminance(front), luminance(behind(element))].sort((a, b) => a - b)
    const contrast = (bright + 0.05) / (dark + 0.05)
    if (contrast < 4.5) problems.push("contrast " + contrast.toFixed(2) + " of " + JSON.stringify(walker.currentNode.data))
  }
  for (const element of document.querySelectorAll("h1, h2, p, caption, td, th, dd, li")) {
    const { height, width } = element.getBoundingClientRect()
    if (width > 0 && width < 90 && height > 90 && element.textContent.length > 20) problems.push("squeezed: " + JSON.stringify(element.textContent.slice(0, 40)))
  }
  if (texts < 50) problems.push("it has only " + texts + " texts")
  return { problems, background: luminance(getComputedStyle(document.body).backgroundColor) }
})()`

interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** The part of the DevTools protocol that is needed here: calls with an answer, and events. */
const connect = async (url: string) => {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (message: Message) => void>()
  const events: Array<Message> = []
  const listeners = new Set<() => void>()
  socket.addEventListener("message", ({ data }) => {
    const message: Message = JSON.parse(String(data))
    if (message.id === undefined) {
      events.push(message)
      listeners.forEach((listener) => listener())
    } else {
      waiting.get(message.id)?.(message)
      waiting.delete(message.id)
    }
  })
  await once(socket, "open")
  let last = 0
  return {
    events,
    close: () => socket.close(),
    send: (method: string, params: object = {}, sessionId?: string) =>
      new Promise<object>((resolve, reject) => {
        const id = ++last
        waiting.set(id, ({ error, result }) =>
          error === undefined ? resolve(Object(result)) : reject(new Error(`${method}: ${error.message}`))
        )
        socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? undefined : { sessionId }) }))
      }),
    /** Waits for an event, which may have been seen already. */
    until: (method: string, sessionId: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!events.some((event) => event.method === method && event.sessionId === sessionId)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      })
  }
}

type Browser = Awaited<ReturnType<typeof connect>>

const string = (from: object, key: string): string => String(Reflect.get(from, key))

const launch = async (folder: string) => {
  const child = spawn(
    chromium,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--remote-debugging-port=0",
      `--user-data-dir=${join(folder, "profile")}`,
      "about:blank"
    ],
    { stdio: ["ignore", "ignore", "pipe"] }
  )
  for await (const line of createInterface(child.stderr)) {
    const url = /^DevTools listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) {
      child.stderr.resume()
      return { child, browser: await connect(url) }
    }
  }
  throw new Error("Chromium ended without a word on its DevTools.")
}

interface View {
  readonly width: number
  readonly theme: "light" | "dark"
  readonly media: "screen" | "print"
}

const views: ReadonlyArray<View> = [
  { width: 375, theme: "light", media: "screen" },
  { width: 375, theme: "dark", media: "screen" },
  { width: 1280, theme: "light", media: "screen" },
  { width: 1280, theme: "dark", media: "screen" },
  // As wide as A4 without its margins.
  { width: 688, theme: "dark", media: "print" }
]

/** How much of a page is in its picture, in pixels. */
const tallest = 7000

/** The problems of one page in one view. */
const look = async (browser: Browser, name: string, url: string, { media, theme, width }: View) => {
  const targetId = string(await browser.send("Target.createTarget", { url: "about:blank" }), "targetId")
  const session = string(await browser.send("Target.attachToTarget", { targetId, flatten: true }), "sessionId")
  const send = (method: string, params: object = {}) => browser.send(method, params, session)
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`)
  await send("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 2, mobile: width < 600 })
  await send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: theme }] })
  const from = browser.events.length
  await send("Page.navigate", { url })
  await browser.until("Page.loadEventFired", session)
  await send("Runtime.evaluate", {
    expression: `document.querySelectorAll("details").forEach((d) => { d.open = true })`
  })
  const answer = await send("Runtime.evaluate", { expression: examine(width), returnByValue: true })
  const { result }: { result: { value: { background: number; problems: Array<string> } } } = JSON.parse(
    JSON.stringify(answer)
  )
  const { background, problems } = result.value
  const paper = theme === "light" || media === "print"
  if (paper ? background < 0.9 : background > 0.1) problems.push(`it is not ${paper ? "light" : "dark"}`)
  for (const { method, params } of browser.events.slice(from).filter((event) => event.sessionId === session)) {
    const text = JSON.stringify(params)
    if (method === "Runtime.exceptionThrown" || method === "Runtime.consoleAPICalled" || method === "Log.entryAdded") {
      problems.push(`the console says ${text}`)
    }
    if (method === "Network.requestWillBeSent" && !text.includes(`"url":${JSON.stringify(url)}`)) {
      problems.push(`it asks for ${text}`)
    }
  }
  if (pictures !== undefined) {
    await send("Runtime.evaluate", {
      expression: `document.querySelectorAll("details").forEach((d) => { d.open = false })`
    })
    const clip = { x: 0, y: 0, width, height: tallest, scale: 1 }
    const picture = await send("Page.captureScreenshot", { captureBeyondViewport: true, clip })
    writeFileSync(join(pictures, `${name}-${width}-${theme}-${media}.png`), string(picture, "data"), "base64")
    if (media === "print") {
      const printed = await send("Page.printToPDF", { preferCSSPageSize: true, printBackground: false })
      writeFileSync(join(pictures, `${name}.pdf`), string(printed, "data"), "base64")
    }
  }
  await browser.send("Target.closeTarget", { targetId })
  return problems
}

const run = async () => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-browser-"))
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true })
  const { browser, child } = await launch(folder)
  const ended = once(child, "exit")
  try {
    return await lookAtAll(browser, folder)
  } finally {
    browser.close()
    child.kill()
    await ended
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const lookAtAll = async (browser: Browser, folder: string): Promise<Tally> => {
  let [passed, failed] = [0, 0]
  for (const [name, report] of Object.entries({ varied: varied(), tiny: tiny(), broken: broken() })) {
    const file = join(folder, `${name}.html`)
    writeFileSync(file, await Effect.runPromise(Stream.mkString(Report.html(report))))
    for (const view of views) {
      const problems = await look(browser, name, pathToFileURL(file).href, view)
      const title = `${name} report, ${view.width} px, ${view.theme}, ${view.media}`
      console.log([`${problems.length === 0 ? "✓" : "✗"} ${title}`, ...problems.slice(0, 10)].join("\n  "))
      if (problems.length === 0) passed++
      else failed++
    }
  }
  return { passed, failed }
}

const isThere = existsSync(chromium)
if (!isThere) console.log(`not run: no chromium at ${chromium}`)
conclude(isThere ? await run() : { passed: 0, failed: 0 })
