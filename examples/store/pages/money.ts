/** Money for people. */
import { currency } from '../catalogue.ts'

const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency })

/** `formatMoney(1890)` is `€18.90`. `price` in minor units. */
export function formatMoney(price: number): string {
  return euros.format(price / 100)
}
