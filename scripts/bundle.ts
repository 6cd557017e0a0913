/**
 * Bundles the command line for its package: what every start needs in one file, each command's own modules in files that
 * are loaded when it is given, and the licences of all that is in them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { build, type InputOptions, type OutputOptions, type Plugin } from "rolldown"

const source = (file: string): string => join(import.meta.dirname, "../packages/cli/src", file)

const manifestOf = (folder: string): { readonly name?: string; readonly version?: string; readonly license?: string } =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** Replaces a part of a module's text that must be there. */
const replacing = (name: string, file: string, part: string, replacement: string): Plugin => ({
  name,
  transform: (code, id) => {
    if (!id.endsWith(file)) return
    if (!code.includes(part)) throw new Error(`${id} has no ${part}`)
    return code.replace(part, () => replacement)
  }
})

/** Nothing beside the bundle says which version it is. */
const version = replacing(
  "the version is a constant",
  "cli/src/Version.ts",
  'JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))',
  JSON.stringify({ version: manifestOf(source("..")).version })
)

/** Node takes as long to make its first segmenter as half of all that a start takes. Only help texts need one. */
const segmenter = replacing(
  "the segmenter is made when it is needed",
  "effect/dist/cli/CliOutput.js",
  'const graphemeSegmenter = /*#__PURE__*/new Intl.Segmenter(undefined, {\n  granularity: "grapheme"\n});',
  `let made;
const graphemeSegmenter = {
  segment: (text) => (made ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(text)
};`
)

/**
 * What `require` gives to programs, Node first prepares for modules: it reads every export, and with that of `fs` alone
 * loads the prompts of its shell. This way of asking leaves that out.
 */
const builtins: Plugin = {
  name: "Node's own modules as they are",
  renderChunk: (code) => code.replace(/\brequire\("(node:[\w/]+)"\)/g, 'process.getBuiltinModule("$1")')
}

/** A text of nothing but ASCII is held and compared in half the space and time. */
const ascii: Plugin = {
  name: "nothing but ASCII",
  renderChunk: (code) => {
    if (/String\.raw`[^`]*[^\0-\x7f][^`]*`/.test(code)) throw new Error("An escape means nothing in a raw string.")
    return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
  }
}

const input: InputOptions = {
  platform: "node",
  plugins: [version, segmenter, builtins, ascii],
  // There is none in CommonJS. It is asked for the variables of a build tool.
  transform: { define: { "import.meta": "{}" } }
}

// Node starts CommonJS sooner than modules.
const output: OutputOptions = {
  format: "cjs",
  exports: "named",
  comments: false,
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs"
}

/** The modules of every start: those that are in a bundle without anything that is imported later. */
const modulesOfStart = async (): Promise<ReadonlySet<string>> => {
  const later: Plugin = {
    name: "nothing that is imported later",
    resolveDynamicImport: (id) => ({ id: String(id), external: true })
  }
  const { output: chunks } = await build({
    ...input,
    input: source("Main.ts"),
    plugins: [input.plugins, later],
    output,
    write: false
  })
  return new Set(chunks.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : [])))
}

const packageOf = (file: string): string =>
  existsSync(join(file, "package.json")) && manifestOf(file).name !== undefined ? file : packageOf(dirname(file))

const licenseOf = (folder: string): string => {
  const { license, name, version } = manifestOf(folder)
  const text = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file))
  if (text === undefined) throw new Error(`${name} has no text of its license, ${license}.`)
  return `${name} ${version} (${license})\n\n${readFileSync(text, "utf8").trim()}\n`
}

/** Writes the bundle into a folder. `begin` is the compiled file that it begins with. */
export const bundle = async (begin: string, folder: string): Promise<void> => {
  const needed = await modulesOfStart()
  const { output: chunks } = await build({
    ...input,
    input: { main: source("Main.ts") },
    output: {
      ...output,
      dir: folder,
      // What is kept of its compilation goes by its name.
      chunkFileNames: ({ name }) => (name === "start" ? "[name]-[hash].cjs" : "[name].cjs"),
      codeSplitting: {
        groups: [{ debugName: "what every start needs", name: (id) => (needed.has(id) ? "start" : null) }]
      }
    }
  })
  const modules = chunks.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []))
  const others = modules.filter((id) => id.includes("/node_modules/"))
  const licenses = [...new Set(others.map((id) => packageOf(dirname(id))))].map(licenseOf).toSorted()
  writeFileSync(join(folder, "licenses.txt"), licenses.join(`\n${"-".repeat(80)}\n\n`))
  const start = chunks.find((chunk) => chunk.name === "start")?.fileName ?? ""
  writeFileSync(join(folder, "bin.cjs"), readFileSync(begin, "utf8").replaceAll("start.cjs", start))
}
