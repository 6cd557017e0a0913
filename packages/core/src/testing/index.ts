/**
 * For tests of code that uses this library, without a network.
 *
 * @since 0.1.0
 */
export * from "./ScriptedHttpClient.ts"
