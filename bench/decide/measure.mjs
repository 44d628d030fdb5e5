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

export const quantile = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];

export const round = (value) => Number(value.toPrecision(3));

/** What a timed call that does nothing costs, to be taken off. */
export const clockUs = () =>
  quantile(
    timesOf([0], 20_000, () => 0),
    0.5,
  );
