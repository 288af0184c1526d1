/** Things to write with, to write on, to look at. */
import { cloud, rain, shadow } from './sky.ts'
import { cream, darkWood, line, type Paint, wood } from './tint.ts'

export function notebook({ light, body, dark }: Paint): string {
  return `${shadow(206, 334, 190)}<g transform="rotate(-5 200 210)"><rect x="126" y="94" width="164" height="238" rx="10" fill="${cream}"/><path d="M284 110v206m-5-208v210" stroke="#d8cdb9" stroke-width="2"/>
<rect x="116" y="88" width="162" height="240" rx="12" fill="${body}"/><path d="M128 88h16v240h-16a12 12 0 0 1-12-12V100a12 12 0 0 1 12-12z" fill="${dark}"/><path d="M252 88h12v240h-12z" fill="${dark}"/>
${cloud(160, 142, 78, cream)}<path d="M170 206h56m-46 18h36" stroke="${light}" stroke-width="7" stroke-linecap="round"/><path d="M208 328h18v30l-9-9-9 9z" fill="#d98663"/></g>
<g transform="rotate(12 318 220)"><path d="M308 116h20v188l-10 26-10-26z" fill="#f2bd58"/><path d="M318 116h10v188l-10 26z" fill="#d3953a"/><path d="M308 304h20l-10 26z" fill="#f3d9b5"/><path d="M315 322h6l-3 8z" fill="${line}"/><path d="M308 104h20v18h-20z" fill="#e39c9f"/></g>`
}

export function letters({ light, body, dark }: Paint): string {
  return `${shadow(200, 330, 270)}<g transform="rotate(-4 200 220)"><rect x="104" y="84" width="192" height="180" rx="6" fill="${cream}"/><path d="M128 116h96m-96 22h144m-144 20h136" stroke="${light}" stroke-width="6" stroke-linecap="round"/>
<path d="M74 172h252v140a12 12 0 0 1-12 12H86a12 12 0 0 1-12-12z" fill="${light}"/><path d="M76 178l104 84-100 60a12 12 0 0 1-6-10V172zm248 0l-104 84 100 60a12 12 0 0 0 6-10V172z" fill="#fff"/><path d="M78 320l112-84q10-8 20 0l112 84a12 12 0 0 1-8 4H86a12 12 0 0 1-8-4z" fill="#f4f1ea"/>
<path d="M86 317h228" stroke="${body}" stroke-width="9" stroke-dasharray="22 22"/><path d="M108 317h206" stroke="#d9776c" stroke-width="9" stroke-dasharray="22 22"/>
<circle cx="200" cy="248" r="22" fill="${dark}"/></g>${cloud(184, 236, 30, cream)}`
}

export function ink({ light, body, dark }: Paint): string {
  return `${shadow(182, 331, 210)}
<path d="M112 214q0-24 26-26h84q26 2 26 26v100a16 16 0 0 1-16 16H128a16 16 0 0 1-16-16z" fill="#fff" opacity=".55"/><path d="M120 226h120v88a10 10 0 0 1-10 10H130a10 10 0 0 1-10-10z" fill="${body}"/><path d="M214 226h26v88a10 10 0 0 1-10 10h-34q22-40 18-98z" fill="${dark}"/>
<rect x="148" y="166" width="64" height="26" fill="${dark}"/><rect x="138" y="118" width="84" height="54" rx="8" fill="${line}"/><path d="M152 126v38m16-38v38m16-38v38m16-38v38" stroke="#56677f" stroke-width="4"/>
<rect x="138" y="242" width="84" height="62" rx="6" fill="${cream}"/>${cloud(158, 250, 44, dark)}${rain(light, [170, 278], [190, 278])}
<g transform="rotate(24 310 210)"><path d="M298 60h26l6 150h-38z" fill="${dark}"/><path d="M298 60h10l-2 150h-14z" fill="${body}"/><rect x="290" y="204" width="42" height="14" rx="4" fill="#d3ac5f"/><path d="M294 218h34q2 40-17 84-19-44-17-84z" fill="#ecd49a"/><path d="M311 302v-46" stroke="${line}" stroke-width="3"/><circle cx="311" cy="252" r="5" fill="${line}"/></g>
<path d="M262 330q14-10 40 0-14 14-40 0z" fill="${dark}"/>`
}

export function pencils({ dark }: Paint): string {
  const greys = ['#e4e8ec', '#c3cbd3', '#a0abb7', '#7d8997', '#596573', '#38424f']
  const pencil = (grey: string, index: number): string => {
    const x = 84 + index * 40
    const y = [110, 84, 124, 92, 72, 116][index] ?? 100
    return `<path d="M${x} ${y + 40}l16-40 16 40z" fill="#f3d9b5"/><path d="M${x + 11} ${y + 13}l5-13 5 13z" fill="${grey}"/><path d="M${x} ${y + 40}h32v${230 - y}h-32z" fill="${grey}"/><path d="M${x + 22} ${y + 40}h10v${230 - y}h-10z" fill="#1c2b45" opacity=".16"/>`
  }
  return `${shadow(200, 332, 270)}${greys.map(pencil).join('')}
<path d="M70 236h260v84a12 12 0 0 1-12 12H82a12 12 0 0 1-12-12z" fill="${dark}"/><path d="M70 236h260v12H70z" fill="#fff" opacity=".25"/>${cloud(156, 260, 88, cream)}`
}

export function poster({ light, body, dark }: Paint): string {
  return `<path d="M200 34l-92 48m92-48l92 48" stroke="${line}" stroke-width="3"/><circle cx="200" cy="34" r="6" fill="${line}"/>
<rect x="116" y="90" width="180" height="232" fill="#1c2b45" opacity=".16"/><rect x="110" y="82" width="180" height="234" fill="${cream}"/>
<path d="M122 100h156v58H122z" fill="${light}"/><path d="M122 158h156v62H122z" fill="${body}"/><path d="M122 220h156v58H122z" fill="${dark}"/>
<path d="M134 118q26-12 50 0m-38 14q20-10 50 0m12-16q22-12 56 0m-44 16q24-10 36 0" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/>
${cloud(136, 176, 44, '#fff')}${cloud(186, 182, 34, cream)}${cloud(226, 172, 44, '#fff')}${cloud(136, 232, 60, light)}${cloud(212, 236, 54, cream)}
<path d="M150 296h100" stroke="${line}" stroke-width="5" stroke-linecap="round"/><path d="M176 306h48" stroke="${dark}" stroke-width="3" stroke-linecap="round"/>
<rect x="100" y="74" width="200" height="14" rx="4" fill="${wood}"/><rect x="100" y="312" width="200" height="14" rx="4" fill="${darkWood}"/>`
}

export function postcards({ light, body, dark }: Paint): string {
  return `${shadow(200, 330, 250)}<g transform="rotate(-14 200 240)"><rect x="92" y="126" width="220" height="154" rx="6" fill="${light}"/><rect x="102" y="136" width="200" height="134" fill="${dark}"/></g>
<g transform="rotate(9 200 240)"><rect x="92" y="134" width="220" height="154" rx="6" fill="${cream}"/><path d="M204 154v114m14-60h76m-76 22h76m-76 22h52" stroke="#d5cbb9" stroke-width="4"/><path d="M262 146h36v42h-36z" fill="#d98663"/>${cloud(266, 158, 28, cream)}</g>
<g transform="rotate(-2 200 240)"><rect x="90" y="168" width="220" height="158" rx="6" fill="#fff"/><path d="M102 180h196v134H102z" fill="${light}"/><circle cx="256" cy="214" r="20" fill="#fdf0c4"/>
${cloud(118, 194, 70, '#fff')}${cloud(196, 224, 50, cream)}<path d="M102 276q50-44 96-14t100-22v74H102z" fill="${body}"/><path d="M102 296q80-26 196 0v18H102z" fill="${dark}"/></g>`
}
