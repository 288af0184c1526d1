/**
 * The machine itself fails the site: no room, a wrong clock.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { skipWithout } from '../../tests/real-parts.ts'
import { ask } from './ask.ts'
import { type Bench, type Fault, type Finding, openBench, settle, unkept } from './fault.ts'

/** Of the small file system, and of each upload. */
const roomBytes = 12_582_912
const fileBytes = 262_144

/** The database and the uploads share a file system that has no room left after a while. */
async function fillDisk(bench: Bench): Promise<Finding | null> {
  const disk = join(bench.folder, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${roomBytes}`, 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    skipWithout(bench.t, 'A file system to fill up', 'run it as root, with the right to mount')
    return null
  }
  bench.t.after(() => spawnSync('umount', ['-l', disk]))
  const env = {
    DATABASE_URL: `sqlite:${join(disk, 'db.sqlite3')}`,
    MEDIA_ROOT: join(disk, 'media'),
    FILE_UPLOAD_TEMP_DIR: disk,
  }
  const both = await openBench(bench, { env }, { fileBytes })
  const { load, site } = both
  const began = performance.now()
  // The last bytes too, as another program would.
  while (statfsSync(disk).bavail > 0) writeFileSync(join(disk, 'filler'), Buffer.alloc(4096), { flag: 'a' })
  await bench.wait()
  const alive = (await ask({ port: site.port, path: '/healthz' })).status
  const refused = load.count('refused', began)
  const read = load.count('ok', began)
  execFileSync('mount', ['-o', `remount,size=${roomBytes * 64}`, disk])
  const mended = performance.now()
  await bench.wait()
  const answered = load.count('ok', mended)
  const late = load.count('refused', mended + 1000)
  const broken = await settle(bench, both, env)
  return {
    load,
    counted: `${refused} refused while it was full, ${read} answered; back ${load.firstSuccessMs(mended)} ms after there was room`,
    broken: [
      ...broken,
      ...unkept({
        'what needs room is refused': refused > 0,
        'what needs none is answered': read > 0,
        '/healthz goes on': alive === 200,
        'all goes on when there is room': answered > 0 && late === 0,
        'nobody is cut off': load.count('cut') === 0,
      }),
    ],
  }
}

const hourMs = 3_600_000

/** So often the clock is looked at: each worker has its own. */
const looks = 10

/** How far the site's clock is from ours, in whole minutes, at each look. */
async function clockOffsets(port: number): Promise<readonly number[]> {
  const offsets: number[] = []
  while (offsets.length < looks) {
    const { now } = JSON.parse((await ask({ port, path: '/pid/' })).text) as { readonly now: number }
    offsets.push(Math.round((now - Date.now()) / 60_000))
  }
  return offsets
}

/** An hour back, then right again, as after a wrong time server. */
async function shiftClock(bench: Bench): Promise<Finding> {
  const file = join(bench.folder, 'clock')
  const preload = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href
  const env = {
    DATABASE_URL: `sqlite:${join(bench.folder, 'db.sqlite3')}`,
    CLOCK_FILE: file,
    NODE_OPTIONS: `--import=${preload}`,
  }
  writeFileSync(file, '0')
  const both = await openBench(bench, { env })
  const { load, site } = both
  const began = performance.now()
  writeFileSync(file, String(-hourMs))
  await bench.wait()
  const shifted = await clockOffsets(site.port)
  const back = load.count('ok', began)
  writeFileSync(file, '0')
  await bench.wait()
  const righted = await clockOffsets(site.port)
  const broken = await settle(bench, both, env)
  const failed = load.count('refused') + load.count('cut') + load.count('wrong')
  return {
    load,
    counted: `${back} requests answered an hour ago; ${failed} failed`,
    broken: [
      ...broken,
      ...unkept({
        [`the clock is an hour back, not ${shifted.join(', ')} minutes`]: shifted.every(minutes => minutes === -60),
        [`the clock is right again, not ${righted.join(', ')} minutes`]: righted.every(minutes => minutes === 0),
        'no request fails': failed === 0,
        'requests are answered': back > 0,
      }),
    ],
  }
}

export const machineFaults: readonly Fault[] = [
  {
    name: 'disk',
    what: 'no byte is left on the disk with the SQLite file and the uploads; then there is room again',
    promised: '503 or 507 for what needs room, `/healthz` 200; all goes on when there is room',
    run: fillDisk,
  },
  {
    name: 'clock',
    what: 'the clock jumps an hour back, and forward again',
    promised: 'nobody is logged out, no request fails',
    run: shiftClock,
  },
]
