/** Mail to account owners, in Chinese. In English, Nuages has it. */
import type { AccountMails } from 'nuages/auth'

const units = [
  ['天', 86_400],
  ['小时', 3600],
  ['分钟', 60],
  ['秒', 1],
] as const

/** The largest unit in which it is whole: 3 days, 90 minutes. */
function duration(seconds: number): string {
  const [unit, length] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['秒', 1]
  return `${seconds / length} ${unit}`
}

export const chineseMails: AccountMails = {
  passwordReset: ({ user, link, host, validSeconds }) => ({
    subject: `${host} 的新密码`,
    text: `有人（希望是您）在 ${host} 上为账户“${user.username}”请求设置新密码。
请在这里设置：

${link}

链接只能使用一次，${duration(validSeconds)}内有效。如果不是您，
不必理会：密码保持不变。
`,
  }),
  emailVerification: ({ user, link, host, validSeconds }) => ({
    subject: `${host} 想确认：这是您的邮箱吗？`,
    text: `${host} 上的账户“${user.username}”填写了这个邮箱。
如果邮箱和账户都是您的，请在这里确认：

${link}

链接只能使用一次，${duration(validSeconds)}内有效。如果您不知道这个账户，
不必理会。
`,
  }),
}
