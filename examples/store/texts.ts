/**
 * What the store says, in the languages it speaks.
 *
 * The English text is the key: a text without a translation does not compile. Leaves goods and names as they are.
 */
export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** What a language is called by who speaks it. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

const chinese = {
  'A small shop for weather, tea, paper and light.': '一家出售天气、茶、纸与光的小店。',
  'Skip to the content': '跳到正文',
  'Nuages is a small shop for weather, tea, paper and light. Every picture is drawn by the shop itself.':
    'Nuages 是一家出售天气、茶、纸与光的小店。每幅图都由本店自己绘制。',
  'Search the shop': '搜索商品',
  'Lamp, tea, kite …': '灯、茶、风筝……',
  Search: '搜索',
  Account: '账户',
  Cart: '购物车',
  pieces: '件',
  'Log out': '退出',
  'Log in': '登录',
  Register: '注册',
  Staff: '管理',
  Language: '语言',
  Advertisement: '广告',
  'This week': '本周',
  'goes well with grey windows.': '与灰蒙蒙的窗户很相配。',
  'Close the advertisement': '关闭广告',
  'Things for all weathers': '四时天气之物',
  'Tea, light, paper and instruments, for people who look up.': '茶、灯、纸与仪器，献给抬头看天的人。',
  'All products': '全部商品',
  'Found for': '搜索结果：',
  'Nothing here is called that.': '没有叫这个名字的商品。',
  'Try a shorter word, or': '换个短一点的词，或者',
  'look at everything': '看看全部商品',
  '1 product': '1 件商品',
  '{count} products': '{count} 件商品',
  'page {page} of {pages}': '第 {page} 页，共 {pages} 页',
  Pages: '页码',
  Previous: '上一页',
  Next: '下一页',
  'Where you are': '当前位置',
  '{name}, a drawing': '{name}的图画',
  '{count} left': '仅剩 {count} 件',
  'Only {count} left': '仅剩 {count} 件',
  'Add to cart': '加入购物车',
  'Sold out': '售罄',
  'Sold out for now': '暂时售罄',
  'In stock, sent within two days': '有货，两天内发出',
  'See what else there is': '看看别的商品',
  'Article {sku}': '货号 {sku}',
  'Recently viewed': '最近浏览',
  Quantity: '数量',
  'Quantity of {name}': '{name}的数量',
  'Your cart': '购物车',
  'Nothing in it yet.': '里面还没有东西。',
  'Have a look around': '去逛逛',
  'What is in your cart': '购物车里的商品',
  Product: '商品',
  Price: '价格',
  Total: '合计',
  '1 piece': '1 件',
  '{count} pieces': '{count} 件',
  'Keep looking around': '继续逛逛',
  'Empty the cart': '清空购物车',
  Update: '更新',
  Remove: '移除',
  Username: '用户名',
  'Letters, digits and @ . + - _': '字母、数字和 @ . + - _',
  Password: '密码',
  'Password again': '再次输入密码',
  'At least 8 characters, not only digits, and nothing that everybody uses.':
    '至少 8 个字符，不能全是数字，也不要用人人都用的密码。',
  'Current password': '当前密码',
  'New password': '新密码',
  'New password again': '再次输入新密码',
  'A picture of you': '您的头像',
  'PNG, JPEG, WebP or GIF, at most 5 MiB.': 'PNG、JPEG、WebP 或 GIF，最大 5 MiB。',
  'You have an account?': '已有账户？',
  'Keep me logged in': '保持登录',
  'Forgotten your password?': '忘记密码？',
  'New here?': '新朋友？',
  Picture: '头像',
  Sent: '已发送',
  'Save picture': '保存头像',
  'Where you are logged in': '登录设备',
  'E-mail address': '电子邮箱',
  'Change password': '修改密码',
  'Your account': '您的账户',
  'That did not work yet': '还有问题需要修改',
  'Back to the shop': '回到商店',
  'This field is required.': '此项必填。',
  'Use at most 150 letters, digits and @ . + - _.': '最多 150 个字母、数字和 @ . + - _。',
  'Use at least 8 characters.': '至少使用 8 个字符。',
  'Use at most 128 characters.': '最多使用 128 个字符。',
  'Some characters of this password are broken.': '密码中有损坏的字符。',
  'That is too long to be a password.': '密码不会这么长。',
  'The two passwords are not the same.': '两次输入的密码不一致。',
  'A user with that username already exists.': '该用户名已被使用。',
  'Please enter a correct username and password. Note that both fields may be case-sensitive.':
    '用户名或密码不正确。请注意区分大小写。',
  'Your old password was entered incorrectly.': '当前密码不正确。',
  'Your password is changed. You are logged out everywhere else.': '密码已修改，其他设备均已退出登录。',
  'Your picture is changed.': '头像已更换。',
  'The picture is larger than 5 MiB.': '图片大于 5 MiB。',
  'Choose a PNG, JPEG, WebP or GIF.': '请选择 PNG、JPEG、WebP 或 GIF。',
  'We do not sell that.': '本店不售此商品。',
  'That is not in your cart.': '购物车里没有此商品。',
  'The quantity must be a whole number from 1 to 99.': '数量须为 1 到 99 的整数。',
  'The quantity must be a whole number from 1 to 999.': '数量须为 1 到 999 的整数。',
  'A cart holds at most 999 pieces of one product.': '同一商品最多放 999 件。',
  'Not Found': '找不到页面',
  'There is nothing at this address.': '这个地址上什么也没有。',
  'We do not sell that, or not any more.': '本店没有或不再出售此商品。',
  Forbidden: '没有权限',
  'Internal Server Error': '出错了',
  'Something went wrong on our side. We have made a note of it; please try again in a moment.':
    '我们这边出了点问题，已经记录下来，请稍后再试。',
} as const

export type TextKey = keyof typeof chinese

const translations: Readonly<Record<Exclude<Language, 'en'>, Readonly<Record<TextKey, string>>>> = { zh: chinese }

/** Says a text in a language; `{name}` in it stands for a value. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string

/** `texts(frame)('Your cart')`. Default language: English. */
export function texts({ language = 'en' }: { readonly language?: Language }): Say {
  return (key, values = {}) => {
    const text: string = language === 'en' ? key : translations[language][key]
    return text.replace(/\{([a-z]+)\}/g, (place, name: string) => String(values[name] ?? place))
  }
}

/** A message that was made elsewhere, in the language if it is known there; else as it is. */
export function inLanguage({ language = 'en' }: { readonly language?: Language }, message: string): string {
  if (language === 'en') return message
  const known: Readonly<Record<string, string>> = translations[language]
  return Object.hasOwn(known, message) ? (known[message] ?? message) : message
}

export function isLanguage(text: string | undefined): text is Language {
  return languages.some(language => language === text)
}

/** The language that a visitor's browser asks for first, of those we speak (RFC 9110, 12.5.4). English when there is none. */
export function preferredLanguage(acceptLanguage: string | null): Language {
  let best: Language = 'en'
  let most = 0
  for (const item of (acceptLanguage ?? '').slice(0, 1000).split(',')) {
    const [, tag, weight = '1'] =
      /^\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*$/i.exec(item) ?? []
    const language = tag?.toLowerCase()
    if (isLanguage(language) && Number(weight) > most) {
      best = language
      most = Number(weight)
    }
  }
  return best
}
