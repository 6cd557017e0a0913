/**
 * A local HTTP server that speaks the Powerdrill v1 session API, with its state in memory. It fails as it is told to, and
 * knows what truly happened.
 *
 * @since 0.1.0
 */
export * from "./Answers.ts"
export * from "./Api.ts"
export * from "./Emulator.ts"
export * from "./Fault.ts"
export * from "./FaultPlan.ts"
export * from "./Oracle.ts"
export * from "./PortUnavailable.ts"
export * from "./ReceivedRequest.ts"
export * from "./Session.ts"
