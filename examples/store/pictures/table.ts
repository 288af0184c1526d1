/** Things for the table: what tea is drunk from, what it is kept in. */
import { cloud, shadow } from './sky.ts'
import { cream, line, type Paint, wood } from './tint.ts'

const steam = (x: number, y: number): string =>
  `<path d="M${x} ${y}q-16-20 0-40t0-40M${x + 34} ${y + 4}q-16-20 0-40t0-34" fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round" opacity=".75"/>`

export function mug({ light, body, dark }: Paint): string {
  return `${shadow(200, 330, 190)}${steam(176, 142)}
<path d="M262 204h12a38 38 0 0 1 0 76h-14" fill="none" stroke="${dark}" stroke-width="18"/>
<path d="M120 172h150v120a38 38 0 0 1-38 38h-74a38 38 0 0 1-38-38z" fill="${body}"/>
<path d="M240 172h30v120a38 38 0 0 1-38 38h-22a38 38 0 0 0 30-38z" fill="${dark}" opacity=".55"/>
<ellipse cx="195" cy="172" rx="75" ry="15" fill="${light}"/><ellipse cx="195" cy="173" rx="64" ry="10" fill="#8a5a3c"/><ellipse cx="184" cy="171" rx="30" ry="3.5" fill="#a9754f"/>
${cloud(142, 228, 84, cream)}`
}

export function teapot({ light, body, dark }: Paint): string {
  return `${shadow(200, 330, 220)}${steam(330, 150)}
<path d="M122 224q-62-14-62 34t70 42" fill="none" stroke="${dark}" stroke-width="17" stroke-linecap="round"/>
<path d="M262 232q38 0 52-52l30 4q-4 84-84 108z" fill="${dark}"/>
<path d="M150 320h94l8 10H142z" fill="${dark}"/><ellipse cx="197" cy="256" rx="92" ry="70" fill="${body}"/>
<path d="M254 202c40 42 24 110-38 123 92-2 96-86 38-123z" fill="${dark}" opacity=".5"/>
<path d="M137 200a62 34 0 0 1 120 0q-60 18-120 0z" fill="${light}"/><path d="M134 199q63 20 126 0l2 7q-65 21-130 0z" fill="${dark}"/><circle cx="197" cy="160" r="13" fill="${dark}"/>
${cloud(146, 236, 88, cream)}<path d="M124 246q4-20 18-32" fill="none" stroke="${light}" stroke-width="8" stroke-linecap="round"/>`
}

export function tin({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 180)}
<rect x="130" y="140" width="140" height="190" rx="12" fill="${body}"/><path d="M240 140h18a12 12 0 0 1 12 12v166a12 12 0 0 1-12 12h-18z" fill="${dark}" opacity=".6"/>
<rect x="122" y="110" width="156" height="42" rx="10" fill="${dark}"/><rect x="122" y="110" width="112" height="16" rx="8" fill="${light}" opacity=".6"/>
<rect x="144" y="182" width="112" height="112" rx="56" fill="${cream}"/>${cloud(168, 204, 64, light)}
<path d="M186 250v16m14-12v20m14-24v16" stroke="${body}" stroke-width="5" stroke-linecap="round"/>`
}

export function pouch({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 190)}
<path d="M138 150h124l20 164a15 15 0 0 1-15 16H133a15 15 0 0 1-15-16z" fill="#dcbf98"/><path d="M232 150h30l20 164a15 15 0 0 1-15 16h-37q14-90 2-180z" fill="#c5a47a"/>
<rect x="130" y="118" width="140" height="36" rx="5" fill="#cbab82"/><path d="M130 136h140" stroke="#b38f64" stroke-width="3"/><rect x="176" y="108" width="48" height="56" rx="5" fill="${wood}"/>
<circle cx="200" cy="240" r="50" fill="${cream}"/>
<path d="M200 274q-40-30 0-76 40 46 0 76z" fill="${body}"/><path d="M200 282v-66m0 30l14-14m-14 26l-14-14" stroke="${dark}" stroke-width="4" fill="none" stroke-linecap="round"/>
<path d="M152 306h96" stroke="${light}" stroke-width="7" stroke-linecap="round"/>`
}

export function jar({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 180)}
<rect x="128" y="180" width="144" height="150" rx="34" fill="${body}"/><path d="M238 182a34 34 0 0 1 34 34v80a34 34 0 0 1-34 34h-16q26-74 16-148z" fill="${dark}" opacity=".5"/>
<path d="M146 222v62" stroke="#fff" stroke-width="9" stroke-linecap="round" opacity=".55"/>
<path d="M142 128h116l24 58-14-6-13 12-14-10-14 12-13-10-14 12-14-12-13 10-14-12-14 10-13-12-14 6z" fill="${cream}"/>
<path d="M148 142h104m-110 16h118m-100-30l-14 58m34-58l-6 62m26-62l2 62m18-62l10 60" stroke="${light}" stroke-width="5" fill="none"/>
<path d="M138 176q62 14 124 0" stroke="${line}" stroke-width="4" fill="none"/>
<rect x="162" y="226" width="76" height="70" rx="10" fill="${cream}"/><path d="M200 238l18 10v22l-18 10-18-10v-22z" fill="${light}" stroke="${dark}" stroke-width="4"/>`
}
