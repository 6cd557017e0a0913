/**
 * The programs that run a benchmark, and how they are run.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { availableParallelism, cpus } from "node:os"
import { text } from "node:stream/consumers"

export const runtimes = {
  Node: ["node"],
  Bun: ["bun"],
  Deno: ["deno", "run", "--allow-all"]
}

export type Runtime = keyof typeof runtimes

export const names: ReadonlyArray<Runtime> = ["Node", "Bun", "Deno"]

/** What a file, run with these arguments, prints. */
export const outputOf = (runtime: Runtime, ...args: ReadonlyArray<string>): Promise<string> =>
  output(...runtimes[runtime], ...args)

/** Its name and version. */
export const title = async (runtime: Runtime): Promise<string> => {
  const [program = ""] = runtimes[runtime]
  return `${runtime} ${(await output(program, "--version")).match(/\d+\.\d+\.\d+/)?.[0]}`
}

const output = async (...[program = "", ...args]: ReadonlyArray<string>): Promise<string> => {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] })
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close")])
  if (code !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${code}.`)
  return stdout
}

export const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? "of an unknown make"}), ${process.platform} ${process.arch}`

export const toTable = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const [head = [], ...others] = rows
  return [head, head.map(() => "---"), ...others].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}
