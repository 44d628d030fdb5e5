/** The settings of a git configuration that name no program and no other file. Whatever is not known is left out. */

/** `section.key`, lower case; the name of a subsection does not count. */
const PLAIN = new Set([
  ...['core.repositoryformatversion', 'core.filemode', 'core.bare', 'core.logallrefupdates', 'core.ignorecase', 'core.symlinks'],
  ...['core.precomposeunicode', 'core.autocrlf', 'core.eol', 'user.name', 'user.email', 'init.defaultbranch', 'commit.gpgsign'],
  ...['remote.url', 'remote.fetch', 'remote.pushurl', 'branch.remote', 'branch.merge', 'branch.rebase', 'pull.rebase'],
  ...['push.default', 'merge.conflictstyle', 'extensions.objectformat', 'submodule.url', 'submodule.active', 'color.ui'],
]);
/** Addresses that are commands. */
const COMMAND_URL = /^\s*["']?(?:ext::|-|\S*::)/i;

export function plainConfig(text: string): string {
  let section: string | undefined;
  const kept: string[] = [];
  let continues = false;
  for (const line of text.split('\n')) {
    // A line that goes on in the next one is left out with it: nothing plain is that long.
    const part = continues;
    continues = line.endsWith('\\');
    if (part || continues) continue;
    const header = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"(?:[^"\\]|\\.)*")?\s*\]\s*$/.exec(line);
    if (header !== null) section = header[1]?.toLowerCase();
    else if (line.trimStart().startsWith('[')) section = undefined;
    const isPlain = header !== null ? PLAIN_SECTIONS.has(section ?? '') : isPlainSetting(section, line);
    if (isPlain || line.trim() === '') kept.push(line);
  }
  return kept.join('\n');
}

const PLAIN_SECTIONS = new Set([...PLAIN].map((name) => name.split('.')[0] ?? ''));

function isPlainSetting(section: string | undefined, line: string): boolean {
  const [, key, value] = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*)$/.exec(line) ?? [];
  if (section === undefined || key === undefined || value === undefined) return false;
  return PLAIN.has(`${section}.${key.toLowerCase()}`) && !(/url$/i.test(key) && COMMAND_URL.test(value));
}
