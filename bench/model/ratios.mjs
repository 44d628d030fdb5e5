// What the run says, as ratios between gateways that ran side by side. Ratios that cannot be formed are left out.

const ROUND = 1000;

const put = (into, key, value) => {
  if (Number.isFinite(value)) into[key] = Math.round(value * ROUND) / ROUND;
};

function ofSaturation(into, figures) {
  for (const [size, by] of Object.entries(figures.saturation)) {
    put(into, `portkeyRps${size}`, by.countersign?.rps / by.portkey?.rps);
    put(into, `bareCpu${size}`, by.countersign?.cpuUs / by.bare?.cpuUs);
  }
  put(into, 'portkeyStreams', figures.unpaced?.countersign?.rps / figures.unpaced?.portkey?.rps);
}

function ofStreams(into, { direct, countersign, portkey }) {
  put(into, 'ttftAddedMsP50', countersign?.first.p50 - direct?.first.p50);
  put(into, 'ttftAddedMsP50Portkey', portkey?.first.p50 - direct?.first.p50);
  put(into, 'chunkMsP50', countersign?.chunk.p50);
  put(into, 'chunkMsP50Direct', direct?.chunk.p50);
  put(into, 'chunkP99OfPortkey', countersign?.chunk.p99 / portkey?.chunk.p99);
}

function ofRate(into, { direct, countersign, portkey }) {
  put(into, 'addedMsP50', countersign?.p50 - direct?.p50);
  put(into, 'addedP50OfPortkey', (countersign?.p50 - direct?.p50) / (portkey?.p50 - direct?.p50));
  put(into, 'addedP99OfPortkey', (countersign?.p99 - direct?.p99) / (portkey?.p99 - direct?.p99));
}

/** Keys ending in a size compare bodies of that size; `...Of...` is a share, smaller is better. */
export function ratiosOf(figures) {
  const ratios = {};
  ofSaturation(ratios, figures);
  ofStreams(ratios, figures.streams);
  if (figures.rate !== undefined) ofRate(ratios, figures.rate);
  return ratios;
}
