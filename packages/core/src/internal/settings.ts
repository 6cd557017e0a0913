/**
 * What a setting must be, wherever it is set.
 */
import { Duration, Option } from "effect"

export const positiveDuration = (input: Duration.Input): Option.Option<Duration.Duration> =>
  Option.filter(Duration.fromInput(input), (duration) => Duration.isFinite(duration) && Duration.toMillis(duration) > 0)

export const notADuration = 'it is not a positive, finite duration; write one such as "10 seconds"'

/** Whether what is sent to a host stays on this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)
