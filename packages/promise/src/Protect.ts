/**
 * Sessions that must not be deleted.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/core/plugins"
import { InvalidConfig } from "./InvalidConfig.ts"
import { callSite } from "./internal/callSite.ts"
import { fromSource } from "./internal/effectPlugin.ts"
import type { Plugin } from "./Plugin.ts"

/**
 * What must not be deleted: the session with an id, letter by letter, or all whose id matches a pattern; with the reason,
 * where it is to be told.
 *
 * @category models
 * @since 0.1.0
 */
export type ProtectRule =
  | string
  | RegExp
  | { readonly id: string; readonly because?: string | undefined }
  | { readonly pattern: RegExp; readonly because?: string | undefined }

/**
 * @category models
 * @since 0.1.0
 */
export interface ProtectOptions {
  /** Tells it from other plugins. Default: `protect`. */
  readonly name?: string | undefined
}

/**
 * A guard that refuses to delete the sessions of a list. The reason of its veto names the rule, and says why it is there
 * where the rule says so.
 *
 * **Gotchas**
 *
 * A rule that no session can have, such as the empty string or the value of a variable that is not set, makes it refuse
 * every call: what it was meant to protect is not known. What is no list at all throws `InvalidConfig`.
 *
 * **Example** (One session, and all of the legal department)
 *
 * ```ts
 * import { createSessions, protect } from "@powerdrill-sessions/promise"
 *
 * await using sessions = createSessions({ plugins: [protect(["04b6…", { pattern: /^legal-/, because: "legal hold" }])] })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const protect = (rules: ReadonlyArray<ProtectRule>, options: ProtectOptions = {}): Plugin => {
  if (!Array.isArray(rules)) {
    const reason = "protect must be given an array of session ids and regular expressions"
    throw callSite()(new InvalidConfig({ setting: "plugins", reason }))
  }
  const plugin = Core.protect(rules, options)
  return fromSource(plugin.name, plugin)
}
