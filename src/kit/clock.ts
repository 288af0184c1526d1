/** Tells the time: milliseconds since the Unix epoch, as `Date.now` does. Tests pass their own. */
export type Clock = () => number

/** The machine's clock. */
export const systemClock: Clock = () => Date.now()
