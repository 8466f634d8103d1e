/** Milliseconds since 1970 with their fractions: within some microseconds the same in all processes of a machine. */
export const clock = (): number => performance.timeOrigin + performance.now();
