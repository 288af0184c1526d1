/**
 * Gives the memory of a chunk back to the allocator, and with it the bytes: nobody else may hold it.
 *
 * Node makes a copy for each chunk, which it then forgets. One that is a piece of something larger stays.
 */
export function freeChunk({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
