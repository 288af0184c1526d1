/** Things that give light. */
import { cloud, glow, rain, shadow } from './sky.ts'
import { cream, darkWood, line, type Paint, wood } from './tint.ts'

export function cloudLamp({ light, body }: Paint): string {
  return `${glow(200, 180, 132)}
<path d="M200 0v112" stroke="${line}" stroke-width="5"/><rect x="188" y="92" width="24" height="26" rx="6" fill="${line}"/>
${cloud(98, 108, 204, cream)}<path d="M136 222h128q-64 22-128 0z" fill="${light}"/>
<path d="M124 196q4-22 26-22m20-30q16-18 42-10" fill="none" stroke="#fff" stroke-width="9" stroke-linecap="round"/>
<path d="M148 224v44m34-44v72m36-72v40m34-40v66" stroke="${line}" stroke-width="2" opacity=".6"/>${rain(body, [148, 266], [182, 294], [218, 262], [252, 288])}`
}

export function moonLamp({ light, body, dark }: Paint): string {
  return `${glow(200, 192, 136)}${shadow(200, 331, 170)}
<path d="M134 328l48-72m84 72l-48-72" stroke="${darkWood}" stroke-width="13" stroke-linecap="round"/><path d="M200 330v-60" stroke="${wood}" stroke-width="13" stroke-linecap="round"/>
<circle cx="200" cy="186" r="86" fill="${light}"/><path d="M232 106a86 86 0 0 1-66 158 86 86 0 0 0 66-158z" fill="${body}" opacity=".75"/>
<g fill="${body}"><circle cx="172" cy="156" r="16"/><circle cx="216" cy="196" r="10"/><circle cx="170" cy="220" r="9"/><circle cx="204" cy="136" r="7"/></g><g fill="${dark}" opacity=".4"><circle cx="176" cy="160" r="9"/><circle cx="218" cy="198" r="5"/></g>
<path d="M142 270h116" stroke="${wood}" stroke-width="14" stroke-linecap="round"/>`
}

export function candle({ light, body, dark }: Paint): string {
  return `${glow(200, 158, 108)}${shadow(200, 331, 160)}
<path d="M200 98q34 42 22 66a25 25 0 0 1-44 0q-8-24 22-66z" fill="#f6b04f"/><path d="M200 132q16 22 10 34a11 11 0 0 1-20 0q-4-12 10-34z" fill="#fff3c9"/><path d="M200 172v40" stroke="${line}" stroke-width="5"/>
<path d="M136 196h128v112a22 22 0 0 1-22 22h-84a22 22 0 0 1-22-22z" fill="#fff" opacity=".45"/>
<path d="M136 212q64 20 128 0v96a22 22 0 0 1-22 22h-84a22 22 0 0 1-22-22z" fill="${body}"/><path d="M236 216q14-1 28-4v96a22 22 0 0 1-22 22h-24q20-40 18-114z" fill="${dark}" opacity=".5"/>
<ellipse cx="200" cy="212" rx="64" ry="11" fill="${light}"/><rect x="158" y="240" width="84" height="66" rx="8" fill="${cream}"/>${cloud(174, 248, 52, dark)}
<path d="M204 276l-12 12h16l-12 14" fill="none" stroke="#f2b13f" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>`
}

export function lantern({ light, body, dark }: Paint): string {
  return `${glow(200, 184, 134)}
<path d="M200 0v84" stroke="${line}" stroke-width="4"/><rect x="164" y="78" width="72" height="18" rx="6" fill="${line}"/>
<path d="M166 94h68q66 40 66 90t-66 90h-68q-66-40-66-90t66-90z" fill="${body}"/><path d="M178 94h44q30 40 30 90t-30 90h-44q-30-40-30-90t30-90z" fill="${light}"/><ellipse cx="200" cy="184" rx="24" ry="78" fill="#fff8dd" opacity=".7"/>
<path d="M132 120q68 18 136 0m-160 32q92 24 184 0m-192 32q100 26 200 0m-194 32q94 26 188 0m-164 32q70 20 140 0" fill="none" stroke="${dark}" stroke-width="3" opacity=".55"/>
<rect x="164" y="270" width="72" height="16" rx="6" fill="${line}"/><path d="M200 286v22" stroke="${dark}" stroke-width="5"/><path d="M190 306h20l6 52h-32z" fill="${dark}"/>`
}
