/**
 * Installs what package-lock.json lists and node_modules lacks; says nothing when nothing is missing.
 *
 * npm runs it before `start`, `test` and `bench`, so that a fresh clone needs no other command. Among what it installs
 * is the right Node: npm puts node_modules/.bin first on the PATH of the script that follows.
 * Plain JavaScript, because the Node that runs it may be as old as 20.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `install.mjs bench` does the same for a folder with a package.json of its own. */
const [, , folder = '.'] = process.argv
const root = join(dirname(dirname(fileURLToPath(import.meta.url))), folder)
const lockFile = join(root, '.installing')
/** An installation takes a minute; a lock this old was left by one that was killed. */
const staleLockSeconds = 900

/** Why an installation is needed, as words that follow "because"; `null` when all is there. */
function reasonToInstall() {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'))
  if (installed === null) return 'node_modules is missing or unfinished'
  for (const [path, wanted] of Object.entries(packagesIn(join(root, 'package-lock.json')) ?? {})) {
    if (path === '') continue
    const found = installed[path]
    if (found === undefined && wanted.optional) continue // for another platform
    if (found === undefined) return `${path} is missing`
    if (found.version !== wanted.version || found.integrity !== wanted.integrity) return `${path} has changed`
  }
  return folder !== '.' || existsSync(nodeBinary) ? null : `${nodeBinary} is missing`
}

const nodeBinary = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** npm writes the inner file last, so an interrupted installation has none. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

/** True when this process now holds the lock; false when another one does. */
function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isLockStale()) rmSync(lockFile, { force: true })
    return false
  }
}

function isLockStale() {
  try {
    if (Date.now() - statSync(lockFile).mtimeMs > staleLockSeconds * 1000) return true
    const holder = Number(readFileSync(lockFile, 'utf8'))
    if (holder > 0) process.kill(holder, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

async function waitForLock() {
  for (let waited = false; !takeLock(); waited = true) {
    if (!waited) console.error('Another installation is running; waiting for it.')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

function runNpm() {
  const npm = process.env.npm_execpath
  const flags = ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  const [command, args] = npm === undefined ? ['npm', flags] : [process.execPath, [npm, ...flags]]
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error !== undefined) return `npm could not be started: ${error.message}`
  if (status !== 0) return 'npm ci failed; its message stands above. Mend that and run the same command again.'
  if (folder !== '.' || existsSync(nodeBinary)) return null
  return `npm ci left out ${nodeBinary}: install scripts are switched off. Run \`npm rebuild node --ignore-scripts=false\`.`
}

async function main() {
  if (reasonToInstall() === null) return
  // Ctrl-C ends npm, which ends this process in order, with the lock gone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  await waitForLock()
  try {
    const reason = reasonToInstall() // again: who held the lock may have done it
    if (reason === null) return
    console.error(`Installing, because ${reason} …`)
    const problem = runNpm()
    if (problem === null) return
    console.error(problem)
    process.exitCode = 1
  } finally {
    rmSync(lockFile, { force: true })
  }
}

await main()
