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

const NAMES = new Set<string>([...PROTECTED_FOLDERS, ...WATCHED_FOLDERS, ...WATCHED_FILES]);
/** True for what is looked at under its own name, wherever it is. */
export const isProtectedName = (name: string): boolean => NAMES.has(name);

/** Within a git directory: what tells git to run or include something. */
export const GIT_READ_ONLY = ['config', 'hooks'] as const;
/** Files by which git reads its configuration, or objects, elsewhere. Nothing can lie in their place, since git would read that: they are taken away after the run. */
export const GIT_WATCHED = ['commondir', 'config.worktree', 'objects/info/alternates'] as const;
/** What a folder holds that git takes for a repository, whatever its name is. */
export const GIT_MARKS = ['HEAD', 'objects', 'refs'] as const;
