/**
 * The version of this program.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"

/**
 * As in its `package.json`.
 *
 * @since 0.1.0
 */
export const version = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  return version
}
