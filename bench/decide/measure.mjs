// Times of single calls, in microseconds.

const NS_PER_US = 1000;

/** Runs `call` over the inputs, `count` times in all, and returns sorted times. */
export function timesOf(inputs, count, call) {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const input = inputs[i % inputs.length];
    const before = process.hrtime.bigint();
    call(input);
    times[i] = Number(process.hrtime.bigint() - before) / NS_PER_US;
  }
  return times.sort();
}

/**
 * Median and 99th percentile of the least disturbed of several rounds, each over all the inputs as far as it goes: on a machine that others use
 * too, whoever is measured would otherwise be charged for their work. The lowest median and the lowest 99th percentile may be of two rounds.
 */
export function quietRound(inputs, { rounds, perRound }, call) {
  let p50 = Infinity;
  let p99 = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const from = (round * perRound) % inputs.length;
    const times = timesOf([...inputs.slice(from), ...inputs.slice(0, from)], perRound, call);
    p50 = Math.min(p50, quantile(times, 0.5));
    p99 = Math.min(p99, quantile(times, 0.99));
  }
  return { p50, p99 };
}

export const quantile = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];

export const round = (value) => Number(value.toPrecision(3));

/** What a timed call that does nothing costs, to be taken off. */
export const clockUs = () =>
  quantile(
    timesOf([0], 20_000, () => 0),
    0.5,
  );
