/** Made from the description of the API by tools/api-types.ts. */
export interface paths {
  '/api/book/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Find books */
    get: operations['getBookList']
    put?: never
    post: operations['postBookList']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/book/{slug}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        slug: string
      }
      cookie?: never
    }
    get: operations['getBookDetail']
    put?: never
    post?: never
    /** @deprecated */
    delete: operations['deleteBookDetail']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/cover/{digest}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        digest: string
      }
      cookie?: never
    }
    get: operations['getCover']
    put: operations['setCover']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/login/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post: operations['postApiLogin']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/loan/{loan}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        loan: string
      }
      cookie?: never
    }
    get: operations['getApiLoanByLoan']
    put?: never
    post: operations['postApiLoanByLoan']
    delete: operations['deleteApiLoanByLoan']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shelf/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get: operations['getApiShelf']
    put?: never
    post: operations['postApiShelf']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/hook/{id}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    get?: never
    put?: never
    post: operations['postApiHookById']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/%C3%A9lan/{file}': {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description May have slashes in it. */
        file: string
      }
      cookie?: never
    }
    get?: never
    put?: never
    post: operations['post\u00C9lanByFile']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    Author: {
      /** @example Jane Austen */
      name: string
    }
    /** @description A book of the library. */
    Book: {
      title: string
      pages: number
      author: components['schemas']['Author']
      /** Format: date */
      due?: string
    }
    GetApiShelfAnswer: {
      name: string
      shelves: components['schemas']['GetApiShelfAnswer'][]
    }
    PostApiShelfAnswerPart: {
      name: string
      shelves: components['schemas']['PostApiShelfAnswerPart'][]
    }
    PostApiShelfBody: {
      name: string
      shelves: components['schemas']['PostApiShelfBody'][]
    }
    /** @description Problem details (RFC 9457). */
    Problem: {
      /** @description The status of the answer. */
      status: number
      /** @description The status in words. */
      title: string
      /** @description A stable name, for programs. */
      code: string
      /** @description What happened this time, for a person to read. */
      detail?: string
      /** @description What is wrong, by field; under `__all__` what belongs to no one field. */
      errors?: {
        [key: string]: string[]
      }
    }
    /**
     * @description Problem details (RFC 9457) of input that the schema refuses.
     * @example {
     *       "status": 422,
     *       "title": "Unprocessable Content",
     *       "code": "forms/invalid",
     *       "detail": "Some of the values are missing or wrong.",
     *       "errors": {
     *         "quantity": [
     *           "The quantity must be a whole number from 1 to 10."
     *         ]
     *       }
     *     }
     */
    ValidationProblem: WithRequired<components['schemas']['Problem'], 'errors'>
  }
  responses: {
    /** @description Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`. */
    Forbidden: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
    /** @description Some of the values are missing or wrong: `forms/invalid`, with `errors` by field. */
    Invalid: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['ValidationProblem']
      }
    }
    /** @description The body is not what its type says: `http/malformed-body`. */
    MalformedBody: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
    /** @description Nobody is logged in: `not_logged_in`. */
    NotLoggedIn: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
    /** @description Any other problem. */
    Problem: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
    /** @description The body is too large: `http/body-too-large`, `http/file-too-large`. */
    TooLarge: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
    /** @description The type of the body is not one of those listed: `http/unsupported-media-type`, `forms/file-type-refused`. */
    UnsupportedMediaType: {
      headers: {
        [name: string]: unknown
      }
      content: {
        'application/problem+json': components['schemas']['Problem']
      }
    }
  }
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  getBookList: {
    parameters: {
      query?: {
        /** @description Words in the title. */
        q?: string
        page?: number
        tag?: string[]
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Book'][]
          }
        }
      }
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  postBookList: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Book']
      }
    }
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Book']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description The book is there already. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      413: components['responses']['TooLarge']
      415: components['responses']['UnsupportedMediaType']
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  getBookDetail: {
    parameters: {
      query?: never
      header?: never
      path: {
        slug: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Book']
          }
        }
      }
      /** @description Not Modified */
      304: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description There is no such book. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      default: components['responses']['Problem']
    }
  }
  deleteBookDetail: {
    parameters: {
      query?: never
      header?: never
      path: {
        slug: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  getCover: {
    parameters: {
      query?: never
      header?: never
      path: {
        digest: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'image/*': Blob
        }
      }
      default: components['responses']['Problem']
    }
  }
  setCover: {
    parameters: {
      query?: never
      header?: never
      path: {
        digest: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'multipart/form-data': {
          caption: string
          author?: components['schemas']['Author']
          /**
           * Format: binary
           * @description By its content one of image/png, image/jpeg. At most 5 MiB.
           */
          cover: Blob
          /** @description At most 1000 bytes. */
          more?: Blob[]
        }
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: null
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      413: components['responses']['TooLarge']
      /** @description It is no picture. The type of the body is not one of those listed: `http/unsupported-media-type`, `forms/file-type-refused`. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      422: components['responses']['Invalid']
      /** @description Too many pictures. */
      429: {
        headers: {
          /** @description Seconds to wait before the next try. */
          'Retry-After'?: number
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      default: components['responses']['Problem']
    }
  }
  postApiLogin: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          password: string
        }
        'application/x-www-form-urlencoded': {
          name: string
          password: string
        }
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: unknown
          }
        }
      }
      400: components['responses']['MalformedBody']
      403: components['responses']['Forbidden']
      413: components['responses']['TooLarge']
      415: components['responses']['UnsupportedMediaType']
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  getApiLoanByLoan: {
    parameters: {
      query?: {
        open?: 'no' | 'yes'
      }
      header?: never
      path: {
        loan: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: {
              count: number
            }
          }
        }
      }
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  postApiLoanByLoan: {
    parameters: {
      query?: never
      header?: never
      path: {
        loan: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': unknown
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: unknown
          }
        }
      }
      400: components['responses']['MalformedBody']
      403: components['responses']['Forbidden']
      413: components['responses']['TooLarge']
      415: components['responses']['UnsupportedMediaType']
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  deleteApiLoanByLoan: {
    parameters: {
      query?: never
      header?: never
      path: {
        loan: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Not declared. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  getApiShelf: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['GetApiShelfAnswer']
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  postApiShelf: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['PostApiShelfBody']
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['PostApiShelfAnswerPart'][]
          }
        }
      }
      400: components['responses']['MalformedBody']
      403: components['responses']['Forbidden']
      413: components['responses']['TooLarge']
      415: components['responses']['UnsupportedMediaType']
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  postApiHookById: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: unknown
          }
        }
      }
      default: components['responses']['Problem']
    }
  }
  'post\u00C9lanByFile': {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description May have slashes in it. */
        file: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: unknown
          }
        }
      }
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
}
type WithRequired<T, K extends keyof T> = T & {
  [P in K]-?: T[P]
}
