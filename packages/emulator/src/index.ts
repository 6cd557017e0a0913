/**
 * A local HTTP server that speaks the Powerdrill v1 session API, with its state in memory.
 *
 * @since 0.1.0
 */
export * from "./Answers.ts"
export * from "./Api.ts"
export * from "./Emulator.ts"
export * from "./PortUnavailable.ts"
export * from "./ReceivedRequest.ts"
export * from "./Session.ts"
