"use strict"
// Runs a file on the project's own Node, after installing what is missing: `node scripts/run.cjs FILE [ARGUMENT]...`
//
// Old syntax only: a Node that is too old must get as far as saying so.
var childProcess = require("child_process")
var fs = require("fs")
var path = require("path")

var root = path.dirname(__dirname)
var modules = path.join(root, "node_modules")
var node = path.join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node")

requireNode(20)
process.chdir(root)
if (!isInstalled()) install()
runOnProjectNode(process.argv.slice(2))

function requireNode(oldest) {
  if (Number(process.versions.node.split(".")[0]) >= oldest) return
  fail(
    "This is Node " + process.versions.node + ". Install Node " + oldest + " or newer, with npm, and run this again."
  )
}

// pnpm leaves its copy of the lockfile last, so one cut short is not taken for a whole install.
function isInstalled() {
  return (
    fs.existsSync(node) && read(path.join(modules, ".pnpm", "lock.yaml")) === read(path.join(root, "pnpm-lock.yaml"))
  )
}

function install() {
  // At any other level pnpm warns that this Node is not the project's, which it is about to bring.
  var command = "npx --yes pnpm@12 install --frozen-lockfile --loglevel=error"
  console.error("Installing what pnpm-lock.yaml lists, once: " + command)
  // Standard output belongs to what runs afterwards.
  var result = childProcess.spawnSync(command, { shell: true, stdio: ["ignore", 2, 2] })
  if (result.status !== 0)
    fail("The install failed. What it printed above says why; run this again once that is mended.")
}

function runOnProjectNode(args) {
  process.env.PATH = path.join(modules, ".bin") + path.delimiter + process.env.PATH
  var child = childProcess.spawn(node, ["--"].concat(args), { stdio: "inherit" })
  // A terminal sends Ctrl-C to the child as well; anything else must be passed on. The child decides when to end.
  process.on("SIGINT", function () {})
  process.on("SIGTERM", function () {
    child.kill("SIGTERM")
  })
  child.on("error", function (error) {
    fail("Node 24 of this project could not be started: " + error.message)
  })
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
