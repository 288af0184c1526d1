/** Things that tell the weather. */
import { cloud, rain, shadow } from './sky.ts'
import { cream, darkWood, line, type Paint, wood } from './tint.ts'

const needle = '#c4574c'

export function barometer({ light, body, dark }: Paint): string {
  const ticks = [-120, -90, -60, -30, 0, 30, 60, 90, 120].map(
    angle => `<path d="M200 124v14" transform="rotate(${angle} 200 206)"/>`,
  )
  return `<path d="M200 40l-34 62h68z" fill="none" stroke="${line}" stroke-width="4" stroke-linejoin="round"/><circle cx="200" cy="40" r="7" fill="${line}"/><circle cx="200" cy="98" r="15" fill="${dark}"/>
<circle cx="204" cy="212" r="118" fill="#1c2b45" opacity=".16"/><circle cx="200" cy="206" r="116" fill="${dark}"/><circle cx="198" cy="203" r="112" fill="${body}"/><path d="M112 150a104 104 0 0 1 120-46" fill="none" stroke="${light}" stroke-width="8" stroke-linecap="round"/>
<circle cx="200" cy="206" r="92" fill="${cream}"/><g stroke="${line}" stroke-width="5" stroke-linecap="round">${ticks.join('')}</g>
<circle cx="246" cy="192" r="13" fill="#f2bd58"/>${cloud(134, 180, 40, '#9fb4c8')}${rain('#7fa6c4', [146, 204], [162, 204])}
<path d="M190 238l54-84-34 94z" fill="${needle}"/><circle cx="200" cy="242" r="12" fill="${body}" stroke="${dark}" stroke-width="4"/>`
}

export function stormGlass({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 190)}
<path d="M130 296h140l16 34H114z" fill="${wood}"/><path d="M130 296h140l5 11H125z" fill="${darkWood}"/>
<path d="M200 66q12 44 52 98 28 40 28 72a80 72 0 0 1-160 0q0-32 28-72 40-54 52-98z" fill="#fff" opacity=".6"/>
<path d="M142 186q58 16 116 0 16 26 16 50a74 66 0 0 1-148 0q0-24 16-50z" fill="${light}"/><path d="M222 190q20-1 36-4 16 26 16 50a74 66 0 0 1-88 65q60-20 36-111z" fill="${body}" opacity=".55"/>
<path d="M200 300v-86m0 62l-30-30m30 52l-46-34m46 12l28-32m-28 54l44-36m-88 2v-20m92 20v-22m-46-2l-12-14m12 14l12-14" fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round"/>
<path d="M160 172q22-34 30-60" fill="none" stroke="#fff" stroke-width="7" stroke-linecap="round"/><circle cx="200" cy="66" r="9" fill="${dark}"/>`
}

export function thermometer({ light, body, dark }: Paint): string {
  return `${shadow(200, 331, 130)}
<rect x="146" y="58" width="108" height="272" rx="54" fill="${body}"/><path d="M222 63a54 54 0 0 1 32 49v164a54 54 0 0 1-32 49z" fill="${dark}" opacity=".6"/><path d="M160 116q2-32 26-42" fill="none" stroke="${light}" stroke-width="7" stroke-linecap="round"/>
<rect x="166" y="90" width="68" height="210" rx="34" fill="${cream}"/>
<rect x="184" y="108" width="16" height="150" rx="8" fill="#dfe6ec"/><path d="M184 176h16v74a22 22 0 1 1-16 0z" fill="${needle}"/><circle cx="186" cy="266" r="5" fill="#fff" opacity=".7"/>
<path d="M208 120h14m-14 20h9m-9 20h14m-14 20h9m-9 20h14m-14 20h9m-9 20h14" stroke="${line}" stroke-width="4" stroke-linecap="round"/>`
}

export function rainGauge({ light, body, dark }: Paint): string {
  return `${rain('#8fb6d2', [96, 96], [132, 168], [290, 116], [318, 196], [252, 60], [160, 58], [82, 236])}${shadow(200, 336, 110)}
<path d="M192 290h16l-4 62h-8z" fill="${darkWood}"/><path d="M148 340q14-34 8-6 12-38 12-2 10-22 8 10m42-4q8-36 12 0 14-32 10 2 14-20 6 6" fill="none" stroke="#5f8056" stroke-width="7" stroke-linecap="round"/>
<path d="M150 104h100l-16 34v142a20 20 0 0 1-20 20h-28a20 20 0 0 1-20-20V138z" fill="#fff" opacity=".7"/>
<path d="M166 208q34 12 68 0v72a20 20 0 0 1-20 20h-28a20 20 0 0 1-20-20z" fill="${body}"/><ellipse cx="200" cy="208" rx="34" ry="7" fill="${light}"/>
<path d="M166 160h20m-20 24h13m-13 24h20m-20 24h13m-13 24h20" stroke="${line}" stroke-width="4" stroke-linecap="round"/><rect x="142" y="94" width="116" height="14" rx="7" fill="${dark}"/><path d="M222 150v110" stroke="#fff" stroke-width="6" stroke-linecap="round" opacity=".8"/>`
}

export function weathervane({ light, body, dark }: Paint): string {
  return `<path d="M88 400l112-76 112 76z" fill="${needle}"/><path d="M200 324l112 76h-54z" fill="#9f443c"/>
<path d="M200 128v212" stroke="${line}" stroke-width="9" stroke-linecap="round"/><circle cx="200" cy="206" r="12" fill="${dark}"/><circle cx="200" cy="292" r="9" fill="${dark}"/>
<path d="M120 250h160" stroke="${line}" stroke-width="7" stroke-linecap="round"/><path d="M108 258v-17l12 17v-17m172 1h-12v16h12m-12-8h10" fill="none" stroke="${line}" stroke-width="5" stroke-linejoin="round"/><circle cx="200" cy="250" r="10" fill="${body}"/>
<path d="M62 172h286" stroke="${dark}" stroke-width="7"/><path d="M372 172l-36-19v38z" fill="${dark}"/>
<path d="M122 168q-26-16-38-66 22 4 32 20 16-18 42-16-10 28-24 34 38-44 106-36 62 8 62 46 0 16-24 18z" fill="${body}"/><path d="M162 168q70-10 138-26 4 24-22 26z" fill="${light}"/><circle cx="268" cy="132" r="5" fill="${line}"/>
<path d="M246 96q-4-26-24-26m24 26q4-26 24-26" fill="none" stroke="${light}" stroke-width="6" stroke-linecap="round"/>`
}

export function windChime({ light, body, dark }: Paint): string {
  const tube = (x: number, top: number, length: number): string =>
    `<path d="M${x} 122v${top - 122}" stroke="${line}" stroke-width="2"/><rect x="${x - 9}" y="${top}" width="18" height="${length}" rx="5" fill="${body}"/><path d="M${x + 4} ${top + 3}v${length - 6}" stroke="${dark}" stroke-width="5"/><path d="M${x - 4} ${top + 8}v${length - 24}" stroke="${light}" stroke-width="4" stroke-linecap="round"/>`
  return `<path d="M200 22l-74 88m74-88l74 88m-74-88v88" stroke="${line}" stroke-width="3" fill="none"/><circle cx="200" cy="22" r="9" fill="none" stroke="${line}" stroke-width="5"/>
<path d="M200 122v156" stroke="${line}" stroke-width="2"/>${tube(126, 148, 104)}${tube(160, 150, 132)}${tube(240, 150, 148)}${tube(274, 148, 118)}
<ellipse cx="200" cy="118" rx="92" ry="15" fill="${darkWood}"/><ellipse cx="200" cy="113" rx="92" ry="15" fill="${wood}"/>
<circle cx="200" cy="216" r="20" fill="${wood}"/><path d="M200 278q34 26 0 66-34-40 0-66z" fill="${wood}"/><path d="M200 278q34 26 0 66z" fill="${darkWood}"/>`
}
