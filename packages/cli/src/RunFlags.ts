/**
 * The flags that every run over many ids has, whatever names the ids.
 *
 * @since 0.1.0
 */
import { RetryPolicy } from "@powerdrill-sessions/core"
import { Schema } from "effect"
import { Flag } from "effect/cli"

/**
 * @since 0.1.0
 */
export const flags = {
  plugin: Flag.String("plugin").pipe(
    Flag.withDescription("A plugin to load, a file such as ./guard.ts or an installed package; may be repeated"),
    Flag.withMetavar("MODULE"),
    Flag.atLeast(0)
  ),
  retry: Flag.Literals("retry", ["standard", "rate-limits", "none"]).pipe(
    Flag.withDescription("What is tried again. Default: standard"),
    Flag.withDefault("standard")
  ),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withDescription("How many calls are under way at once. Default: 8"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))),
    Flag.withDefault(8)
  )
}

/**
 * What the values of `--retry` stand for.
 *
 * @since 0.1.0
 */
export const policies = {
  standard: RetryPolicy.standard,
  "rate-limits": RetryPolicy.rateLimits,
  none: RetryPolicy.none
}
