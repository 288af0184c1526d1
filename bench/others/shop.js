/** What the servers validate, and the cart they keep in a session. */
import { z } from 'zod'

export const Line = z.object({ sku: z.string(), quantity: z.int().min(1).max(99) })
export const Credentials = z.object({ username: z.string(), password: z.string() })

export const addLine = (cart, { sku, quantity }) => ({ ...cart, [sku]: (cart[sku] ?? 0) + quantity })
