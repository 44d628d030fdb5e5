// Documents: a short README, a page for every fault code and no other, and links that lead somewhere.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readText } from './files.mjs';

const README_LINES_MAX = 200;
const FAULT_PAGE_LINES_MAX = 30;
const FAULT_SECTIONS = ['## What it means', '## Why it happens', '## What to do'];

export const readme = {
  name: 'readme',
  run(root, files) {
    if (!files.includes('README.md')) return { looked: 1, findings: ['README.md: there is none'] };
    const lines = readText(root, 'README.md').split('\n').length;
    return { looked: 1, findings: lines < README_LINES_MAX ? [] : [`README.md: ${lines} lines, ${README_LINES_MAX} or more`] };
  },
};

/** The codes as the registry's source lists them. */
const faultCodes = (source) => {
  const registry = source.slice(source.indexOf('export const FAULTS'), source.indexOf('as const satisfies'));
  return [...registry.matchAll(/^ {2}'([a-z0-9.-]+)': \{/gm)].map((match) => match[1]);
};

function pageFindings(path, code, text) {
  const findings = [];
  if (!text.startsWith(`# ${code}\n`)) findings.push(`${path}: the first line is not \`# ${code}\``);
  for (const section of FAULT_SECTIONS) if (!text.includes(`\n${section}\n`)) findings.push(`${path}: no section \`${section}\``);
  if (text.split('\n').length > FAULT_PAGE_LINES_MAX + 1) findings.push(`${path}: longer than ${FAULT_PAGE_LINES_MAX} lines`);
  return findings;
}

export const faultPages = {
  name: 'fault pages',
  run(root, files) {
    const codes = faultCodes(readText(root, 'packages/kernel/src/fault.ts'));
    const findings = [];
    for (const code of codes) {
      const path = `docs/faults/${code}.md`;
      if (!files.includes(path)) findings.push(`${path}: the code has no page`);
      else findings.push(...pageFindings(path, code, readText(root, path)));
    }
    for (const path of files.filter((file) => /^docs\/faults\/.+\.md$/.test(file) && file !== 'docs/faults/README.md')) {
      if (!codes.includes(path.slice('docs/faults/'.length, -'.md'.length))) findings.push(`${path}: no code has this name`);
    }
    return { looked: codes.length, findings };
  },
};

/** Anchors as the usual renderers make them of headings. */
const anchorsOf = (text) =>
  new Set(
    [...text.matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );

const withoutCode = (text) => text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');

function brokenLink(root, from, target) {
  const [file, anchor] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), decodeURIComponent(file)));
  if (path.startsWith('..')) return 'leads out of the repository';
  const full = join(root, path);
  if (!existsSync(full)) return 'leads nowhere';
  if (anchor === undefined || anchor === '' || !statSync(full).isFile() || !path.endsWith('.md')) return undefined;
  return anchorsOf(readText(root, path)).has(anchor.toLowerCase()) ? undefined : 'names a heading that is not there';
}

export const links = {
  name: 'links',
  run(root, files) {
    const documents = files.filter((path) => path.endsWith('.md'));
    const findings = [];
    for (const path of documents) {
      const text = withoutCode(readText(root, path));
      const targets = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)/gm)].map(
        (match) => match[1] ?? match[2],
      );
      for (const target of targets) {
        if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
        const broken = brokenLink(root, path, target);
        if (broken !== undefined) findings.push(`${path}: the link \`${target}\` ${broken}`);
      }
    }
    return { looked: documents.length, findings };
  },
};
