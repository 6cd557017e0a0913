/**
 * `powerdrill-sessions list`
 *
 * @since 0.1.0
 */
import { Command, Flag } from "effect/cli"
import * as Handler from "./Handler.ts"
import * as Settings from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

const { verify: _, ...settings } = Settings.flags

/**
 * @since 0.1.0
 */
export const flags = {
  titleContains: Flag.String("title-contains").pipe(
    Flag.withDescription("Only sessions with this text in their title, as the API compares it"),
    Flag.withMetavar("TEXT"),
    Flag.optional
  ),
  ...settings,
  ...Telemetry.flags,
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("One JSON object per session on standard output"),
    Flag.withDefault(false)
  )
}

/**
 * @since 0.1.0
 */
export const listCommand = Command.make(
  "list",
  flags,
  Handler.load(() => import("./Listing.ts"))
).pipe(
  Command.withDescription(
    "List the sessions of a user: their ids and titles. It prints all of them, or none and why.\n\n" +
      "Sessions cannot be selected by age: the API gives no times.\n\n" +
      "Exit codes: 0 all listed, 1 the list could not be read, 2 usage (nothing sent), 4 unauthorized or forbidden, " +
      "130/143 interrupted."
  ),
  Command.withShortDescription("List the sessions of a user"),
  Command.withExamples([
    { command: "powerdrill-sessions list --user-id tmm-…", description: "Ids and titles" },
    {
      command: "powerdrill-sessions list --title-contains draft --json | jq -r .sessionId",
      description: "The ids of some, to delete them with `delete -`"
    }
  ])
)
