/** Soft things. */
import { cloud, shadow } from './sky.ts'
import { cream, line, type Paint, wood } from './tint.ts'

export function scarf({ light, body, dark }: Paint): string {
  const fringe = (x: number, y: number): string =>
    `<path d="M${x} ${y}v24m15-24v26m15-26v24m15-24v26m15-26v22" stroke="${dark}" stroke-width="6" stroke-linecap="round"/>`
  return `${fringe(136, 322)}${fringe(214, 282)}
<path d="M206 170h74l4 116h-78z" fill="${dark}"/><path d="M205 226h77v16h-77zm1 32h77v14h-77z" fill="${light}" opacity=".8"/>
<ellipse cx="200" cy="140" rx="100" ry="58" fill="${body}"/><path d="M100 140a100 58 0 0 0 200 0 100 40 0 0 1-200 0z" fill="${dark}" opacity=".5"/><ellipse cx="200" cy="120" rx="62" ry="24" fill="${dark}"/><path d="M138 120a62 24 0 0 1 124 0 66 30 0 0 0-124 0z" fill="${line}" opacity=".5"/>
<path d="M124 148q-6 90 6 176h72q4-100 20-156-50 20-98-20z" fill="${body}"/><path d="M128 268l76-2-1 18-74 1zm2 34l73-1v13l-72 1z" fill="${light}"/><path d="M190 178q-10 60-10 146h22q4-100 20-156z" fill="${dark}" opacity=".4"/>
<path d="M122 116q14-24 46-32" fill="none" stroke="${light}" stroke-width="8" stroke-linecap="round"/>`
}

export function hat({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 230)}
<circle cx="200" cy="92" r="36" fill="${cream}"/><path d="M172 78l14 8m0-22l8 14m22-12l-6 14m24 2l-14 4m-48 22l14-6m10 18l4-14m22 10l-8-12" stroke="${light}" stroke-width="5" stroke-linecap="round"/>
<path d="M102 270q0-156 98-156t98 156z" fill="${body}"/><path d="M228 118q70 20 70 152h-40q6-96-30-152z" fill="${dark}" opacity=".5"/>
<path d="M126 222l18-14 18 14 18-14 20 14 20-14 18 14 18-14 18 14m-140-40l18-14 18 14 18-14 18 14 18-14 18 14" fill="none" stroke="${cream}" stroke-width="7" stroke-linejoin="round" stroke-linecap="round"/>
<rect x="90" y="252" width="220" height="78" rx="26" fill="${dark}"/><path d="M116 262v58m28-58v58m28-58v58m28-58v58m28-58v58m28-58v58m28-58v58" stroke="${body}" stroke-width="11" stroke-linecap="round"/>`
}

export function cushion({ light, body, dark }: Paint): string {
  return `${shadow(200, 332, 250)}
<path d="M94 132q106-20 212 0 16-8 20 2t-10 24q14 74 0 142 14 14 10 24t-20 4q-106 14-212 0-16 6-20-4t10-24q-14-68 0-142-14-14-10-24t20-2z" fill="${body}"/>
<path d="M306 132q16-8 20 2t-10 24q14 74 0 142 14 14 10 24t-20 4q-106 14-212 0 200-20 212-196z" fill="${dark}" opacity=".5"/>
<path d="M112 150q88-14 176 0 12 74 0 152-88 10-176 0-12-78 0-152z" fill="none" stroke="${light}" stroke-width="4" stroke-dasharray="10 9" stroke-linecap="round"/>
${cloud(130, 172, 76, cream)}${cloud(214, 232, 70, light)}${cloud(132, 250, 46, light)}${cloud(232, 172, 38, cream)}`
}

export function mobile({ light, body, dark }: Paint): string {
  const hung = (x: number, top: number, bottom: number, width: number, fill: string): string =>
    `<path d="M${x} ${top}v${bottom - top}" stroke="${line}" stroke-width="2"/>${cloud(x - width / 2, bottom - 4, width, fill)}`
  return `<path d="M200 0v74" stroke="${line}" stroke-width="2"/>${hung(200, 80, 222, 112, cream)}
${hung(76, 100, 160, 92, light)}${hung(134, 86, 262, 66, body)}${hung(268, 86, 280, 72, dark)}${hung(324, 100, 150, 88, light)}
<path d="M66 104q134-54 268 0" fill="none" stroke="${wood}" stroke-width="10" stroke-linecap="round"/><circle cx="200" cy="76" r="9" fill="${dark}"/><circle cx="66" cy="104" r="8" fill="${dark}"/><circle cx="334" cy="104" r="8" fill="${dark}"/>`
}
