/** A `fetch` that tells how much has been sent. */

/** `onProgress` is called with 0 to 1. Only XMLHttpRequest tells. */
export function fetchWithProgress(onProgress: (part: number) => void): (request: Request) => Promise<Response> {
  return async request => {
    const body = await request.blob()
    return new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest()
      sending.open(request.method, request.url)
      for (const [name, value] of request.headers) sending.setRequestHeader(name, value)
      sending.responseType = 'blob'
      sending.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total)
      sending.onload = () => {
        const headers = { 'Content-Type': sending.getResponseHeader('Content-Type') ?? '' }
        resolve(new Response(sending.response, { status: sending.status, headers }))
      }
      sending.onerror = () => reject(new TypeError('The request was not answered.'))
      sending.send(body)
    })
  }
}
