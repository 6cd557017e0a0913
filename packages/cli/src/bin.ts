#!/usr/bin/env -S node --
// The two dashes keep Node from taking `--env-file` for its own. What is published begins in bundled.cts instead.
const [major = 0] = process.versions.node.split(".").map(Number)

if (major < 24) {
  process.stderr.write(`powerdrill-sessions needs Node 24 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 2
} else {
  const { main } = await import("./Main.ts")
  main()
}
