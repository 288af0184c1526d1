/** The tests of this folder, in one process: Chromium starts once, and the store is loaded once. One of them alone: `npm test -- tests/browser/cart.ts`. */
import './advertisement.ts'
import './avatar.ts'
import './cart.ts'
import './every-page.ts'
import './resumable.ts'
import './visit.ts'
