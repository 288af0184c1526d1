/**
 * The parts of an OpenAPI 3.1 document that Nuages writes.
 *
 * Owns their types. What stands in a schema is whatever the validator's library says.
 */

/** Data that JSON can hold, as objects. */
export type JsonObject = { readonly [name: string]: unknown }

/** A schema (JSON Schema 2020-12), or a reference to one of the components. */
export type SchemaObject = JsonObject

export interface ParameterObject {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly deprecated?: boolean
  readonly style?: 'form'
  readonly explode?: boolean
  readonly schema: SchemaObject
}

export interface MediaTypeObject {
  readonly schema?: SchemaObject
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>
}

export interface RequestBodyObject {
  readonly required: boolean
  readonly content: Readonly<Record<string, MediaTypeObject>>
}

export interface Reference {
  readonly $ref: string
}

export interface HeaderObject {
  readonly description: string
  readonly required?: boolean
  readonly schema: SchemaObject
}

export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, HeaderObject>>
  readonly content?: Readonly<Record<string, MediaTypeObject>>
}

/** Schemes that hold together; one of several such sets will do. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

export interface OperationObject {
  readonly operationId: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly deprecated?: true
  readonly parameters?: readonly ParameterObject[]
  readonly requestBody?: RequestBodyObject
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>
  readonly security?: readonly SecurityRequirement[]
}

/** The methods that OpenAPI knows, of those that views answer. HEAD goes with GET, OPTIONS describes itself. */
export const describedMethods = ['get', 'post', 'put', 'patch', 'delete'] as const
export type DescribedMethod = (typeof describedMethods)[number]

export type PathItemObject = { readonly parameters?: readonly ParameterObject[] } & {
  readonly [Method in DescribedMethod]?: OperationObject
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, PathItemObject>>
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>
    readonly responses: Readonly<Record<string, ResponseObject>>
    readonly securitySchemes: Readonly<Record<string, JsonObject>>
  }
}
