export * from "./OfficeHours.ts"
// What the command line's `--plugin` takes.
export { officeHoursConfig as default } from "./OfficeHours.ts"
