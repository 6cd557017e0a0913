/**
 * Sessions that must not be deleted.
 *
 * @since 0.1.0
 */
import { InvalidConfig } from "./InvalidConfig.ts"
import { callSite } from "./internal/callSite.ts"
import { quote } from "./internal/quote.ts"
import { definePlugin, type Plugin, veto } from "./Plugin.ts"

/**
 * A plugin, named `protect`, that refuses to delete the sessions with these ids, or whose id matches one of these patterns.
 *
 * **Details**
 *
 * An id is compared as it is, letter by letter. The veto names the rule. Throws `InvalidConfig` for a rule that is neither
 * a string nor a `RegExp`.
 *
 * **Example** (One session, and all of the legal department)
 *
 * ```ts
 * import { createSessions, protect } from "@powerdrill-sessions/promise"
 *
 * await using sessions = createSessions({ plugins: [protect(["04b6…", /^legal-/])] })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const protect = (rules: ReadonlyArray<string | RegExp>): Plugin => {
  if (!Array.isArray(rules) || !rules.every((rule) => typeof rule === "string" || rule instanceof RegExp)) {
    const reason = "protect must be given an array of session ids and regular expressions"
    throw callSite()(new InvalidConfig({ setting: "plugins", reason }))
  }
  const ids = new Set(rules.filter((rule) => typeof rule === "string"))
  // Without the flags that make a pattern remember where it was.
  const patterns = rules
    .filter((rule) => rule instanceof RegExp)
    .map(({ flags, source }) => new RegExp(source, flags.replaceAll(/[gy]/g, "")))
  return definePlugin({
    name: "protect",
    before: ({ sessionId }) => {
      if (ids.has(sessionId)) veto(`the session ${quote(sessionId)} is protected`)
      const pattern = patterns.find((pattern) => pattern.test(sessionId))
      if (pattern !== undefined) veto(`sessions that match ${pattern} are protected`)
    }
  })
}
