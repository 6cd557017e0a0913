/**
 * Deletes nothing while nobody is in the office: Monday to Friday, from one hour of the day to another, where the office is.
 */
import { Plugin } from "@powerdrill-sessions/core"
import { Config, DateTime, Effect, Schema } from "effect"

export interface OfficeHours {
  /** The office's own time, such as `Europe/Zurich`. */
  readonly timeZone: DateTime.TimeZone
  /** The first hour of the day. */
  readonly from: number
  /** The hour in which it closes. */
  readonly to: number
}

/** Whether somebody is there at a time. */
export const isOpen = ({ from, timeZone, to }: OfficeHours, time: DateTime.Utc): boolean => {
  const { hour, weekDay } = DateTime.toParts(DateTime.setZone(time, timeZone))
  return weekDay >= 1 && weekDay <= 5 && hour >= from && hour < to
}

/** The plugin. */
export const officeHours = (hours: OfficeHours): Plugin =>
  Plugin.make({
    name: "office-hours",
    before: () =>
      Effect.flatMap(DateTime.now, (now) =>
        isOpen(hours, now) ? Effect.void : Plugin.veto("nobody is in the office; try again in office hours")
      )
  })

/** The same from the environment: `OFFICE_TIME_ZONE`, and `OFFICE_FROM` and `OFFICE_TO` where they are not 9 and 17. */
export const officeHoursConfig: Effect.Effect<Plugin, Config.ConfigError> = Effect.map(
  Effect.gen(function* () {
    return {
      timeZone: yield* Config.schema(Schema.TimeZone, "OFFICE_TIME_ZONE"),
      from: yield* Config.Int("OFFICE_FROM").pipe(Config.withDefault(9)),
      to: yield* Config.Int("OFFICE_TO").pipe(Config.withDefault(17))
    }
  }),
  officeHours
)
