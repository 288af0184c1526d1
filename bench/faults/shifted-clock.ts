/**
 * Loaded before the site: its clock is off by as many milliseconds as stand in the file `CLOCK_FILE`, looked at ten times a second.
 */
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE as string
const RealDate = Date
let shift = 0

function look(): void {
  shift = Number(readFileSync(file, 'utf8'))
}

const now = (): number => RealDate.now() + shift

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: [], newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})

look()
setInterval(look, 100).unref()
