/**
 * Loaded before the site: at SIGUSR2 it collects the garbage and prints a line with what is left. Wants `--expose-gc`.
 */
process.on('SIGUSR2', () => {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  process.stdout.write(`memory ${JSON.stringify({ heap: heapUsed + arrayBuffers, rss })}\n`)
})
