// No file names one machine: no home directory of a developer, no package mirror, no download address in a lockfile.
import { isBinary, readText } from './files.mjs';

// Written so that this file does not contain what it looks for.
const TRACES = [
  {
    what: 'an absolute path of one machine',
    pattern: /(?<![\w.$}-])\/(?:wor[k]|roo[t]|hom[e]\/[a-z]\w*|User[s]\/\w+)\/[\w.-]/,
    subject: true,
  },
  { what: 'a package registry', pattern: /registry\.(?:npmj[s]|yarnpk[g])/i, subject: true },
  { what: 'a package mirror', pattern: /\b(?:artifactor[y]|verdacci[o]|nexus[-.]repo)\b/i },
];

/** Places where these are the subject: sandboxed programs are shown such paths, rules of the network door name the public registries. */
const EXAMPLES = /\.(?:test|case)\.ts$|\/testing\/|^governance\/|^tests\//;

export const traces = {
  name: 'traces',
  run(root, files) {
    const findings = [];
    for (const path of files) {
      const text = readText(root, path);
      if (isBinary(text)) continue;
      for (const { what, pattern, subject } of TRACES) {
        const at = text.search(pattern);
        if (at < 0 || (subject === true && EXAMPLES.test(path))) continue;
        findings.push(`${path}:${text.slice(0, at).split('\n').length}: ${what}`);
      }
    }
    return { looked: files.length, findings };
  },
};

/** Links and bundled packages have none; neither have the tools' binaries for platforms that the lockfile was not made on. */
const mayLackHash = (entry) => entry.link === true || entry.inBundle === true || (entry.optional === true && entry.dev === true);

export const lockfiles = {
  name: 'lockfiles',
  run(root, files) {
    const locks = files.filter((path) => /(^|\/)(package-lock|npm-shrinkwrap)\.json$/.test(path));
    const findings = [];
    for (const path of locks) {
      const packages = Object.entries(JSON.parse(readText(root, path)).packages ?? {});
      if (packages.length < 2) findings.push(`${path}: it locks nothing`);
      for (const [name, entry] of packages) {
        // A workspace link resolves to its folder; anything with a scheme is a download address.
        if (/^[a-z+]+:/.test(entry.resolved ?? '')) findings.push(`${path}: ${name} records a download address`);
        else if (name.includes('node_modules/') && entry.integrity === undefined && !mayLackHash(entry))
          findings.push(`${path}: ${name} has no integrity hash`);
      }
    }
    return { looked: locks.length, findings };
  },
};
