import { createResolver, path, include } from 'nuages/urls'
const home = (_request: Request): string => ''
const a = path('', home, { name: 'home' })
const b = path('books/<int:id>/', home, { name: 'book' })
const c = path('un/', home)
const d = path('x/<slug:s>/', include([a], {namespace: 'ns'}))
const show = <T,>(_v: T): { z: T } => ({ z: _v })
export const x1: 1 = show(a.names)
export const x2: 1 = show(c.names)
export const x3: 1 = show(d.names)
export const x4: 1 = show(createResolver([a, b]).names)
export const x5: 1 = show(createResolver([a, b,c,d]).names)
