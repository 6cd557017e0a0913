/**
 * What the exit code says, for scripts that ask nothing else.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * @since 0.1.0
 */
export const ExitCode = {
  /** Every session is gone. */
  allDeleted: 0,
  /** At least one session was not deleted, or the list could not be read. */
  notDeleted: 1,
  /** Usage, bad input or bad configuration; nothing was sent. */
  usage: 2,
  /** It is not known of at least one session whether it was deleted. */
  unknown: 3,
  /** The API refused the key, or does not permit it. */
  unauthorized: 4,
  /** Declined when asked, or vetoed. */
  declined: 5,
  /** Interrupted by SIGINT. */
  SIGINT: 130,
  /** Interrupted by SIGTERM. */
  SIGTERM: 143
} as const

/**
 * Ends the program with a message for people and a code for scripts.
 *
 * @since 0.1.0
 */
export class Exit extends Schema.TaggedError<Exit>()("Exit", {
  code: Schema.Int,
  message: Schema.String
}) {}

/**
 * Nothing was sent, because of what was typed or configured.
 *
 * @since 0.1.0
 */
export const usage = (message: string): Exit => new Exit({ code: ExitCode.usage, message })
