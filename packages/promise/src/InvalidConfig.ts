/**
 * A setting that cannot be used.
 *
 * @since 0.1.0
 */
import * as Core from "@powerdrill-sessions/core"
import type { SessionsErrorClass } from "./FailedCall.ts"

/**
 * A setting is missing or cannot be used, whether it was given or comes from the environment. `createSessions` throws
 * it before anything is sent.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidConfig extends Error {
  readonly _tag: "InvalidConfig"
  /** The name of the option, such as `baseUrl`, or of the environment variable that cannot be read. */
  readonly setting: string
  /** What is wrong with it and what to write instead. Never holds the value of a key. */
  readonly reason: string
  toJSON(): object
}

/**
 * @category errors
 * @since 0.1.0
 */
export const InvalidConfig: SessionsErrorClass<InvalidConfig> = Core.InvalidConfig
