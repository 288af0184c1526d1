/** The shop's API, typed by its own description: what is not in that does not compile. */
import { sendCsrfToken, throwProblems } from 'nuages/client'
import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './api-types.ts'

/** Each call resolves its answer, or throws an `ApiProblem` that says in the visitor's language what is wrong. */
export const api: Client<paths> = createClient<paths>({ baseUrl: location.origin })
api.use(sendCsrfToken(), throwProblems())
