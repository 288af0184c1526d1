/**
 * `nuages/testing`: visitors for your tests, and the contracts of session engines and storages.
 *
 * Start with `new Client(app)`; `sessionStoreContract(it, open)` tests an engine of your own, `storageContract(it, open)` a storage.
 *
 * @module
 */
export { Client, type ClientOptions, type ClientRequest } from './client.ts'
export { CookieJar } from './cookie-jar.ts'
export { type It, type SessionStoreContractOptions, sessionStoreContract } from './session-store-contract.ts'
export { storageContract } from './storage-contract.ts'
