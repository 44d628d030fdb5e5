/**
 * What people's and machines' own tools read or run later, and agents therefore must not write: configuration of version control, of editors, of
 * agents and of shells.
 */

/** Folders: those that exist are read-only, and in the place of the others is nothing that could be written to. */
export const PROTECTED_FOLDERS = [
  '.claude',
  '.codex',
  '.agents',
  '.cursor',
  '.vscode',
  '.idea',
  '.devcontainer',
  '.husky',
] as const;
/** Further folders, read-only where they exist; what is made under these names is taken away after the run. */
export const WATCHED_FOLDERS = [
  ...['.gemini', '.windsurf', '.continue', '.zed', '.fleet', '.aws', '.ssh', '.config', '.githooks', '.copilot', '.roo', '.kiro'],
] as const;
/** Files, likewise. */
export const WATCHED_FILES = [
  ...['.mcp.json', '.envrc', '.cursorrules', '.clinerules', '.gitconfig', '.bashrc', '.bash_profile', '.profile', '.zshrc'],
  ...['.aider.conf.yml', '.netrc', '.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs'],
] as const;

/** Within a git directory: what tells git to run or include something. */
export const GIT_READ_ONLY = ['config', 'hooks'] as const;
/** Files by which git reads its configuration elsewhere. Nothing can lie in their place, since git would read that: they are taken away after the run. */
export const GIT_WATCHED = ['commondir', 'config.worktree'] as const;
/** What a folder holds that git takes for a repository, whatever its name is. */
export const GIT_MARKS = ['HEAD', 'objects', 'refs'] as const;

/** Settings whose values name files of the work tree that git then runs or reads as its own. */
const FILE_SETTINGS =
  /^\s*(?:hookspath|path|fsmonitor|attributesfile|excludesfile|template|helper|sshcommand|program)\s*=\s*(.+?)\s*$/gim;

/** Words of a git configuration that look like relative paths; what does not exist is none. */
export function filesNamedIn(config: string): string[] {
  return [...config.matchAll(FILE_SETTINGS)].flatMap(([, value = '']) =>
    value
      .replaceAll('"', '')
      .split(/\s+/)
      .filter((each) => each !== '' && !each.startsWith('/') && !each.startsWith('-') && !each.split('/').includes('..'))
      .map((each) => each.replace(/^\.\//, '')),
  );
}
