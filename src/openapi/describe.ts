/**
 * The description of an API (OpenAPI 3.1), from the routes of an application and what their views declare.
 *
 * Owns which views are in it, the names of their operations, and the order. The same routes give the same text.
 */
import { latePattern } from '../kit/index.ts'
import type { ListedRoute } from '../urls/index.ts'
import type { OperationDeclaration, ViewFunction } from '../views/index.ts'
import { answersOf } from './answers.ts'
import {
  type DescribedMethod,
  describedMethods,
  type OpenApiDocument,
  type OperationObject,
  type PathItemObject,
} from './document.ts'
import { headerParameters } from './header-fields.ts'
import { problemResponses, problemSchemas, problemsOf } from './problems.ts'
import { type OperationPiece, queryParameters, requestBody } from './request-body.ts'
import { pathParameters, pathShape, pathTemplate } from './route-path.ts'
import { SchemaComponents } from './schemas.ts'
import { type DescribedSettings, isCsrfChecked, securityOf, securitySchemes } from './security.ts'

/** What a description says beside what the views declare. */
export interface ApiOptions {
  /** Default: `'API'`. */
  readonly title?: string
  /** Of your API, not of OpenAPI. Default: `'1'`. */
  readonly version?: string
  /** Markdown. */
  readonly description?: string
  /** Where it is served: `['https://shop.example']`. Default: where the description is. */
  readonly servers?: readonly string[]
  /** What the tags mean, in the order in which they are shown. Tags that views use and that are not here come after. */
  readonly tags?: Readonly<Record<string, string>>
  /**
   * Where the routes of the API begin. Views that declare nothing are listed below it, with their methods only. Default: `'api/'`; `null`: such
   * views are nowhere listed.
   */
  readonly prefix?: string | null
}

/** A description, and what it leaves open. */
export interface ApiDescription {
  readonly document: OpenApiDocument
  /** A line for each thing that could not be described, for the application's author. */
  readonly notes: readonly string[]
}

/** A view as far as a description needs to know it. */
export type DescribedView = Pick<ViewFunction, 'methods' | 'operations' | 'csrfExempt'> & {
  /** True for the description itself and its viewer. */
  readonly isApiDescription?: boolean
}

type DescribedRoute = Omit<ListedRoute, 'view'> & { readonly view: DescribedView }

/**
 * Describes every declared operation of `routes`, and what lies undeclared below the prefix of the API.
 *
 * Never throws for what a view declares: what cannot be said is left open, with a note.
 */
export function describeApi(
  routes: Iterable<DescribedRoute>,
  settings: DescribedSettings,
  options: ApiOptions = {},
): ApiDescription {
  return new Description(settings, options).of(routes)
}

class Description {
  readonly #settings: DescribedSettings
  readonly #options: ApiOptions
  readonly #notes: string[] = []
  readonly #components = new SchemaComponents(note => void this.#notes.push(note))
  readonly #operationIds = new Set<string>()
  readonly #tags = new Set<string>()
  /** Templates by shape: only the first of each can be in a document. */
  readonly #shapes = new Map<string, string>()

  constructor(settings: DescribedSettings, options: ApiOptions) {
    this.#settings = settings
    this.#options = options
    for (const name of Object.keys(options.tags ?? {})) this.#tags.add(name)
    for (const [name, schema] of Object.entries(problemSchemas)) this.#components.add(name, schema)
  }

  of(routes: Iterable<DescribedRoute>): ApiDescription {
    const { title = 'API', version = '1', description, servers } = this.#options
    const paths: Record<string, PathItemObject> = {}
    for (const route of routes) {
      const item = this.#pathItem(route)
      if (item !== null) paths[pathTemplate(route.route)] = item
    }
    const document: OpenApiDocument = {
      openapi: '3.1.0',
      info: { title, version, ...(description !== undefined && { description }) },
      ...(servers !== undefined && { servers: servers.map(url => ({ url })) }),
      ...(this.#tags.size > 0 && { tags: [...this.#tags].map(name => this.#tag(name)) }),
      paths,
      components: {
        schemas: this.#components.schemas,
        responses: problemResponses,
        securitySchemes: securitySchemes(this.#settings),
      },
    }
    return { document, notes: this.#notes }
  }

  #tag(name: string): { readonly name: string; readonly description?: string } {
    const { tags = {} } = this.#options
    return Object.hasOwn(tags, name) ? { name, description: tags[name] as string } : { name }
  }

  /** `null` for a route that is no part of the API. */
  #pathItem(route: DescribedRoute): PathItemObject | null {
    const { view } = route
    const methods = this.#methodsOf(route)
    if (methods.length === 0) return null
    const template = pathTemplate(route.route)
    const shape = pathShape(template)
    const first = this.#shapes.get(shape)
    if (first !== undefined) {
      this.#notes.push(`/${route.route} is left out: OpenAPI cannot tell it from ${first}, which comes first.`)
      return null
    }
    this.#shapes.set(shape, template)
    const parameters = pathParameters(route as ListedRoute)
    const item: Partial<Record<DescribedMethod, OperationObject>> = {}
    for (const method of methods) {
      const declaration = view.operations?.[method.toUpperCase()]
      item[method] = this.#operation(route, method, declaration)
    }
    return { ...(parameters.length > 0 && { parameters }), ...item }
  }

  #methodsOf({ route, view }: DescribedRoute): readonly DescribedMethod[] {
    const { prefix = 'api/' } = this.#options
    if (view.isApiDescription === true) return []
    const isListed = prefix !== null && route.startsWith(prefix)
    if (isListed && view.methods === undefined) {
      this.#notes.push(
        `/${route} is left out: the view answers every method. Give it a list: requireHttpMethods(['GET'], view).`,
      )
    }
    return describedMethods.filter(method => {
      const name = method.toUpperCase()
      return view.operations?.[name] !== undefined || (isListed && view.methods?.includes(name) === true)
    })
  }

  #operation(
    route: DescribedRoute,
    method: DescribedMethod,
    declaration: OperationDeclaration | undefined,
  ): OperationObject {
    const operationId = this.#operationId(route, method, declaration?.operationId)
    const head = { operationId, tags: this.#tagsOf(route, declaration) }
    if (declaration === undefined) {
      const checked = isCsrfChecked(method.toUpperCase(), route.view)
      const security = securityOf('anyone', checked)
      return {
        ...head,
        responses: {
          200: { description: 'Not declared.' },
          ...problemsOf({ declaration: {}, isCsrfChecked: checked }),
        },
        ...(security !== undefined && { security }),
      }
    }
    return { ...head, ...this.#declared(route, method, { declaration, operationId }) }
  }

  #declared(
    { route, view }: DescribedRoute,
    method: DescribedMethod,
    { declaration, operationId }: { readonly declaration: OperationDeclaration; readonly operationId: string },
  ): Omit<OperationObject, 'operationId' | 'tags'> {
    const { summary, description, deprecated, access = 'anyone' } = declaration
    const piece: OperationPiece = {
      components: this.#components,
      name: capitalized(operationId.replace(/[^A-Za-z0-9._-]/g, '_')),
      place: `${method.toUpperCase()} /${route}`,
    }
    const checked = isCsrfChecked(method.toUpperCase(), view)
    const parameters = [...headerParameters(declaration.requestHeaders), ...queryParameters(declaration, piece)]
    const body = requestBody(declaration, piece)
    const security = securityOf(access, checked)
    return {
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      ...(deprecated === true && { deprecated }),
      ...(parameters.length > 0 && { parameters }),
      ...(body !== undefined && { requestBody: body }),
      responses: { ...problemsOf({ declaration, isCsrfChecked: checked }), ...answersOf(declaration, piece) },
      ...(security !== undefined && { security }),
    }
  }

  /** Given, or made of the method and the route's name or text; a second one of a name gets a number. */
  #operationId({ route, name }: DescribedRoute, method: DescribedMethod, given: string | undefined): string {
    const wanted = given ?? `${method}${name === null ? fromRoute(route) : words(name)}`
    let id = wanted
    for (let number = 2; this.#operationIds.has(id); number += 1) id = `${wanted}${number}`
    if (given !== undefined && id !== given)
      this.#notes.push(`${method.toUpperCase()} /${route}: the operationId ${given} is taken: described as ${id}.`)
    this.#operationIds.add(id)
    return id
  }

  /** Those declared; else the first word of the route behind the prefix of the API. */
  #tagsOf({ route }: DescribedRoute, declaration: OperationDeclaration | undefined): readonly string[] {
    const { prefix = 'api/' } = this.#options
    const behind = prefix !== null && route.startsWith(prefix) ? route.slice(prefix.length) : route
    const word = behind.split('/').find(piece => piece !== '' && !piece.includes('<'))
    const tags = declaration?.tags ?? (word === undefined ? [] : [word])
    for (const tag of tags) this.#tags.add(tag)
    return tags
  }
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

const betweenWords = latePattern(String.raw`[^\p{L}\p{N}]+`, 'u')

/** `product-list` is `ProductList`. */
function words(text: string): string {
  return text.split(betweenWords()).map(capitalized).join('')
}

/** `api/book/<int:id>/` is `ApiBookById`. */
function fromRoute(route: string): string {
  return words(route.replace(/<(?:[^>:]+:)?([^>]+)>/g, ' by $1 '))
}
