/**
 * What `scripts/mutants.ts` changes in undici, to see whether its tests notice. In the form of `mutants-of-core.ts`.
 */
import type { Group } from "./mutants-of-core.ts"

export const groups: ReadonlyArray<Group> = [
  {
    file: "UndiciTransport.ts",
    tests: ["UndiciTransport"],
    mutants: [["agent.destroy()", "Promise.resolve(agent)"]]
  },
  {
    file: "internal/exchange.ts",
    tests: ["UndiciTransport", "Wire"],
    mutants: [
      ["    if (this.ended) this.stop()\n", ""],
      ["    if (status < 200) return\n", ""],
      ["this.size <= this.maxBytes) return", "true) return"],
      ["const whole = this.size <= this.maxBytes", "const whole = true"],
      ["    this.ended = true\n    this.stop()", "    this.stop()"],
      ["    this.ended = true\n    this.stop()", "    this.ended = true"],
      ["    this.onResponseEnd()\n    this.stop()", "    this.onResponseEnd()"],
      ["first !== undefined && others.length === 0", "first !== undefined"],
      ['url.indexOf("//") + 2', "0"],
      ["      exchange.end(Exit.fail(cause))\n", "      void cause\n"]
    ]
  },
  {
    file: "internal/decoded.ts",
    tests: ["UndiciTransport", "Wire"],
    mutants: [
      [".toLowerCase()", ""],
      ["decode(bytes, { maxOutputLength })", "decode(bytes, { maxOutputLength: Infinity })"],
      ["return Exit.fail(cause)", "return Exit.succeed(bytes)"]
    ]
  }
]
