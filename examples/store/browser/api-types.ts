/** Made from the description of the API by tools/api-types.ts. */
export interface paths {
  '/api/backend/user/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Accounts */
    get: operations['getUserList']
    put?: never
    /** Register */
    post: operations['postUserList']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/backend/user/{id}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    /** An account */
    get: operations['getUserDetail']
    /** Change an account, all of it */
    put: operations['putUserDetail']
    post?: never
    /** Delete an account */
    delete: operations['deleteUserDetail']
    options?: never
    head?: never
    /** Change a part of an account, or its password */
    patch: operations['patchUserDetail']
    trace?: never
  }
  '/api/backend/user/{id}/avatar/': {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    get?: never
    /** Change the picture of an account */
    put: operations['putUserAvatar']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/backend/session/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Who is logged in */
    get: operations['getSession']
    put?: never
    /** Log in */
    post: operations['postSession']
    /** Log out */
    delete: operations['deleteSession']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/backend/device/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Where one is logged in */
    get: operations['getDeviceList']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/backend/device/revoke-others/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Log all other devices out */
    post: operations['postApiBackendDeviceRevokeOthers']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/backend/device/{id}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Log a device out */
    delete: operations['deleteDeviceDetail']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shop/product/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Products */
    get: operations['getProductList']
    put?: never
    /** Add a product */
    post: operations['postProductList']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shop/product/{slug}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        slug: string
      }
      cookie?: never
    }
    /** A product */
    get: operations['getProductDetail']
    /** Change a product, all of it */
    put: operations['putProductDetail']
    post?: never
    /** Sell a product no longer */
    delete: operations['deleteProductDetail']
    options?: never
    head?: never
    /** Change a part of a product */
    patch: operations['patchProductDetail']
    trace?: never
  }
  '/api/shop/picture/{digest}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        digest: string
      }
      cookie?: never
    }
    /** A picture, by the MD5 of its content */
    get: operations['getPicture']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shop/cart/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The cart */
    get: operations['getCartApi']
    put?: never
    /** Put pieces into the cart */
    post: operations['postCartApi']
    /** Empty the cart */
    delete: operations['deleteCartApi']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shop/cart/{sku}/': {
    parameters: {
      query?: never
      header?: never
      path: {
        sku: string
      }
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Take a product out of the cart */
    delete: operations['deleteCartLine']
    options?: never
    head?: never
    /** Change the pieces of a product in the cart */
    patch: operations['patchCartLine']
    trace?: never
  }
  '/api/shop/history/': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Recently viewed products, newest first */
    get: operations['getHistory']
    put?: never
    post?: never
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
    Account: {
      id: number
      username: string
    }
    Avatar: {
      url: string
      name: string
      /** @description In bytes. */
      size: number
    }
    Cart: {
      readonly items: {
        sku: string
        name: string
        quantity: number
        price: number
        total: number
      }[]
      /** @description Pieces, not lines. */
      count: number
      /** @description In minor units: 1890 is 18.90 euros. */
      total: number
    }
    CartLineChange: {
      quantity: number
    }
    Credentials: {
      username: string
      password: string
      /** @description Keeps the login when the browser is closed. */
      remember?: boolean
    }
    Device: {
      id: string
      /**
       * @description As the browser calls itself.
       * @example Firefox on Linux
       */
      device: string
      address: string | null
      /** Format: date-time */
      created: string
      /** Format: date-time */
      lastSeen: string
      /** @description The one that asks. */
      isCurrent: boolean
    }
    NewAccount: {
      username: string
      password: string
    }
    NewCartLine: {
      sku: string
      quantity: number
    }
    NewProduct: {
      sku: string
      slug: string
      name: string
      description: string
      /** @description In minor units: 1890 is 18.90 euros. */
      price: number
      /** @constant */
      currency: 'EUR'
      /** @description Pieces in the warehouse; 0 is sold out. */
      stock: number
      picture: string
    }
    NewProfile: {
      username: string
      email: '' | string
      first_name: string
      last_name: string
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
    Product: {
      sku: string
      slug: string
      name: string
      description: string
      price: number
      currency: string
      stock: number
      /** @description The address of the picture. */
      picture: string
    }
    Profile: {
      id: number
      username: string
      email: string
      first_name: string
      last_name: string
    }
    ProfileChange: {
      username?: string
      email?: '' | string
      first_name?: string
      last_name?: string
      password?: string
      /** @description With a new password for oneself. */
      current_password?: string
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
  getUserList: {
    parameters: {
      query?: {
        page?: number
        page_size?: number
        /** @description A minus sign in front turns it round. */
        ordering?: 'id' | '-id' | 'username' | '-username' | 'date_joined' | '-date_joined'
        search?: string
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
            data: {
              items: components['schemas']['Profile'][]
              total: number
              page: number
              pageSize: number
            }
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  postUserList: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewAccount']
        'application/x-www-form-urlencoded': components['schemas']['NewAccount']
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
            data: components['schemas']['Account']
          }
        }
      }
      400: components['responses']['MalformedBody']
      403: components['responses']['Forbidden']
      /** @description The name is taken: `user_exists`. */
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
  getUserDetail: {
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
            data: components['schemas']['Profile']
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      /** @description This is somebody else’s account. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description There is no such account. */
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
  putUserDetail: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewProfile']
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
            data: components['schemas']['Profile']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      /** @description This is somebody else’s account. Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description There is no such account. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The name is taken: `user_exists`. */
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
  deleteUserDetail: {
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
            data: null
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      /** @description This is somebody else’s account. Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description There is no such account. */
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
  patchUserDetail: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': components['schemas']['ProfileChange']
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
            data: components['schemas']['Profile']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      /** @description This is somebody else’s account. Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description There is no such account. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The name is taken: `user_exists`. */
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
  putUserAvatar: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: number
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'multipart/form-data': {
          /**
           * Format: binary
           * @description By its content one of image/png, image/jpeg, image/webp, image/gif. At most 5 MiB.
           */
          headimg: Blob
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
            data: components['schemas']['Avatar']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      /** @description This is somebody else’s account. Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description There is no such account. */
      404: {
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
  getSession: {
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
            data: components['schemas']['Account']
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      default: components['responses']['Problem']
    }
  }
  postSession: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Credentials']
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
            data: components['schemas']['Account']
          }
        }
      }
      400: components['responses']['MalformedBody']
      /** @description Wrong username or password: `invalid_login`. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      403: components['responses']['Forbidden']
      413: components['responses']['TooLarge']
      415: components['responses']['UnsupportedMediaType']
      422: components['responses']['Invalid']
      /** @description Too many failed logins: `too_many_attempts`. */
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
  deleteSession: {
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
            data: null
          }
        }
      }
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  getDeviceList: {
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
            data: {
              items: components['schemas']['Device'][]
            }
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      default: components['responses']['Problem']
    }
  }
  postApiBackendDeviceRevokeOthers: {
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
            data: {
              count: number
            }
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  deleteDeviceDetail: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
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
            data: null
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description There is no such device. */
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
  getProductList: {
    parameters: {
      query?: {
        page?: number
        page_size?: number
        /** @description A minus sign in front turns it round. */
        ordering?: 'name' | '-name' | 'price' | '-price' | 'stock' | '-stock'
        search?: string
        /** @description Goes on from a `next` or `previous`; empty for the beginning. In place of `page`. */
        cursor?: string
        /** @description With a cursor: whether to count. */
        total?: boolean
        /** @description Only these, with commas between: sku, slug, name, description, price, currency, stock, picture. */
        fields?: string
        /** @description Only where `sku` is this. */
        sku?: string
        /** @description Only where `sku` is one of (with commas between) this. */
        sku__in?: string
        /** @description Only where `price` is this. */
        price?: number
        /** @description Only where `price` is at least this. */
        price__gte?: number
        /** @description Only where `price` is at most this. */
        price__lte?: number
        /** @description Only where `stock` is at least this. */
        stock__gte?: number
        /** @description Only where `stock` is at most this. */
        stock__lte?: number
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
            data: {
              items: components['schemas']['Product'][]
              total?: number
              page?: number
              pageSize: number
              next?: string | null
              previous?: string | null
            }
          }
        }
      }
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  postProductList: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewProduct']
      }
    }
    responses: {
      /** @description Created */
      201: {
        headers: {
          /** @description The state of the item. */
          ETag: string
          /** @description The address of the item. */
          Location: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Product']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description A value that only one item may have is taken, or something else refers to the item. */
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
  getProductDetail: {
    parameters: {
      query?: {
        /** @description Only these, with commas between: sku, slug, name, description, price, currency, stock, picture. */
        fields?: string
      }
      header?: {
        /** @description An `ETag` that is known already: 304 while it is still that of the item. */
        'If-None-Match'?: string
        /** @description The `ETag` that the item must have: else 412. */
        'If-Match'?: string
      }
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
          /** @description The state of the item. */
          ETag: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Product']
          }
        }
      }
      /** @description Not Modified */
      304: {
        headers: {
          /** @description The state of the item. */
          ETag: string
          [name: string]: unknown
        }
        content?: never
      }
      /** @description There is no such item. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The item is no longer what `If-Match` names. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      422: components['responses']['Invalid']
      default: components['responses']['Problem']
    }
  }
  putProductDetail: {
    parameters: {
      query?: never
      header?: {
        /** @description The `ETag` of the item as the client knows it: 412, and nothing is written, when it has another by now. */
        'If-Match'?: string
      }
      path: {
        slug: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewProduct']
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          /** @description The state of the item. */
          ETag: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Product']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description There is no such item. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description A value that only one item may have is taken, or something else refers to the item. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The item is no longer what `If-Match` names. */
      412: {
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
  deleteProductDetail: {
    parameters: {
      query?: never
      header?: {
        /** @description The `ETag` of the item as the client knows it: 412, and nothing is written, when it has another by now. */
        'If-Match'?: string
      }
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
            data: null
          }
        }
      }
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description There is no such item. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description A value that only one item may have is taken, or something else refers to the item. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The item is no longer what `If-Match` names. */
      412: {
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
  patchProductDetail: {
    parameters: {
      query?: never
      header?: {
        /** @description The `ETag` of the item as the client knows it: 412, and nothing is written, when it has another by now. */
        'If-Match'?: string
      }
      path: {
        slug: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          sku?: string
          slug?: string
          name?: string
          description?: string
          /** @description In minor units: 1890 is 18.90 euros. */
          price?: number
          /** @constant */
          currency?: 'EUR'
          /** @description Pieces in the warehouse; 0 is sold out. */
          stock?: number
          picture?: string
        }
      }
    }
    responses: {
      /** @description OK */
      200: {
        headers: {
          /** @description The state of the item. */
          ETag: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @constant */
            code: 0
            /** @example success */
            message: string
            data: components['schemas']['Product']
          }
        }
      }
      400: components['responses']['MalformedBody']
      401: components['responses']['NotLoggedIn']
      403: components['responses']['Forbidden']
      /** @description There is no such item. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description A value that only one item may have is taken, or something else refers to the item. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The item is no longer what `If-Match` names. */
      412: {
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
  getPicture: {
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
      /** @description Not Modified */
      304: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description There is no such picture. */
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
  getCartApi: {
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
            data: components['schemas']['Cart']
          }
        }
      }
      default: components['responses']['Problem']
    }
  }
  postCartApi: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewCartLine']
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
            data: components['schemas']['Cart']
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
  deleteCartApi: {
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
            data: components['schemas']['Cart']
          }
        }
      }
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  deleteCartLine: {
    parameters: {
      query?: never
      header?: never
      path: {
        sku: string
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
            data: components['schemas']['Cart']
          }
        }
      }
      403: components['responses']['Forbidden']
      default: components['responses']['Problem']
    }
  }
  patchCartLine: {
    parameters: {
      query?: never
      header?: never
      path: {
        sku: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['CartLineChange']
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
            data: components['schemas']['Cart']
          }
        }
      }
      400: components['responses']['MalformedBody']
      403: components['responses']['Forbidden']
      /** @description That is not in the cart. */
      404: {
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
  getHistory: {
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
            data: {
              items: components['schemas']['Product'][]
            }
          }
        }
      }
      default: components['responses']['Problem']
    }
  }
}
type WithRequired<T, K extends keyof T> = T & {
  [P in K]-?: T[P]
}
