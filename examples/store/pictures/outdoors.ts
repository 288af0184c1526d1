/** Things to go out with. */
import { rain, shadow } from './sky.ts'
import { cream, darkWood, line, type Paint } from './tint.ts'

export function umbrella({ light, body, dark }: Paint): string {
  return `${rain('#8fb0ca', [52, 96], [96, 44], [312, 52], [356, 118], [48, 236], [346, 240], [116, 270], [296, 290])}
<path d="M200 70v226a26 26 0 0 1-52 0" fill="none" stroke="${darkWood}" stroke-width="11" stroke-linecap="round"/><path d="M200 46v24" stroke="${darkWood}" stroke-width="9" stroke-linecap="round"/>
<path d="M64 204a136 136 0 0 1 272 0q-22-24-45 0-22-24-45 0-23-24-46 0-23-24-46 0-22-24-45 0-23-24-45 0z" fill="${body}"/>
<path d="M200 68q-44 40-46 136-22-24-45 0 10-108 91-136z" fill="${light}"/><path d="M200 68q44 40 46 136 22-24 45 0-10-108-91-136z" fill="${light}"/><path d="M200 68a136 136 0 0 1 136 136q-22-24-45 0-10-108-91-136z" fill="${dark}" opacity=".5"/>`
}

export function kite({ light, body, dark }: Paint): string {
  return `<path d="M176 262q-60 30-34 66t-40 72" fill="none" stroke="${line}" stroke-width="3"/>
<g transform="rotate(18 210 160)"><path d="M210 46l82 104-82 132-82-132z" fill="${body}"/><path d="M210 46v104h-82z" fill="${light}"/><path d="M210 150h82l-82 132z" fill="${dark}"/><path d="M210 150v132l-82-132z" fill="${cream}"/><path d="M210 46v236M128 150h164" stroke="${line}" stroke-width="3"/></g>
<g fill="${dark}"><path d="M148 282l-22-18-4 26zM148 284l20 18-24 8z"/><path d="M146 336l-26-10 2 26zM148 336l24-8-4 26z"/></g><g fill="${light}"><path d="M118 374l-24-12v26zM120 374l24-10v26z"/></g>`
}

export function boots({ light, body, dark }: Paint): string {
  const boot = (x: number, y: number): string =>
    `<g transform="translate(${x} ${y})"><path d="M0 0h76l-4 112q58 10 66 56v16H0z" fill="${body}"/><path d="M46 0h30l-4 112q58 10 66 56v16H92q-14-44-54-54z" fill="${dark}" opacity=".55"/><path d="M-4 178h146v10a10 10 0 0 1-10 10H4a8 8 0 0 1-8-8z" fill="${line}"/><rect x="-5" y="-8" width="86" height="26" rx="8" fill="${light}"/><path d="M14 40v74" stroke="${light}" stroke-width="8" stroke-linecap="round"/></g>`
  return `${shadow(206, 334, 270)}${boot(180, 128)}${boot(94, 138)}<path d="M272 352q54-12 92 0-38 14-92 0z" fill="#fff" opacity=".45"/>`
}
