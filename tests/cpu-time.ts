/**
 * Processor time that this process has taken, in milliseconds.
 *
 * For tests of work that must not explode: unlike a clock, it does not run while the machine is busy with something else.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
