/**
 * The one way in which starting an emulator fails.
 *
 * @since 0.1.0
 */
import { Predicate, Schema } from "effect"

/**
 * The emulator could not listen on its port, most often because another program does.
 *
 * @since 0.1.0
 */
export class PortUnavailable extends Schema.TaggedError<PortUnavailable>()("PortUnavailable", {
  port: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const reason =
      Predicate.hasProperty(this.cause, "code") && Predicate.isString(this.cause.code)
        ? this.cause.code
        : String(this.cause)
    const what =
      reason === "EADDRINUSE"
        ? `Port ${this.port} of 127.0.0.1 is taken; another emulator may be running.`
        : `Port ${this.port} of 127.0.0.1 cannot be opened (${reason}).`
    return `${what} Stop the program that uses it, or choose another port (0 picks a free one).`
  }
}
