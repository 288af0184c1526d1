/** What the shop says of its goods, to readers of other languages. */
import { catalogue, type Product } from './catalogue.ts'
import { goodsTexts } from './texts/goods.ts'
import type { Reader } from './texts.ts'

const descriptions = new Map(catalogue.map(({ sku, description }) => [sku, description]))

/** The description of a product, translated as long as staff has not written another one. */
export function goodsIn(
  { language = 'en' }: Reader,
  { sku, description }: Pick<Product, 'sku' | 'description'>,
): string {
  if (language === 'en' || descriptions.get(sku) !== description) return description
  return goodsTexts[sku] ?? description
}
