/** What the shop's pages say without a reload, in Chinese. The browser loads it: it holds what is said there and nothing else. */
export const browserTexts = {
  'Added: {name}. 1 piece in your cart.': '已加入：{name}。购物车里有1 件。',
  'Added: {name}. {count} pieces in your cart.': '已加入：{name}。购物车里有{count} 件。',
  '1 piece': '1 件',
  '{count} pieces': '{count} 件',
  'Quantity changed.': '数量已更改。',
  'Removed from your cart.': '已从购物车移除。',
  'Your picture is changed.': '头像已更换。',
  'The picture is larger than 5 MiB.': '图片大于 5 MiB。',
  'Choose a PNG, JPEG, WebP or GIF.': '请选择 PNG、JPEG、WebP 或 GIF。',
  'The advertisement will be back on the next page.': '下一页还会看到广告。',
  'The shop could not be reached. Please try again.': '无法连接商店，请重试。',
  'That did not work. Please try again.': '没有成功，请重试。',
} as const
