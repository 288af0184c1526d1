/**
 * `nuages/testing`: visitors for your tests, and the contract of session engines.
 *
 * Start with `new Client(app)`; `sessionStoreContract(it, open)` tests an engine of your own.
 *
 * @module
 */
export { Client, type ClientOptions, type ClientRequest } from './client.ts'
export { CookieJar } from './cookie-jar.ts'
export { type It, type SessionStoreContractOptions, sessionStoreContract } from './session-store-contract.ts'
