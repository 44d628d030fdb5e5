/** Which settings of git hold commands: git-config(1), gitattributes(5), git-lfs-config(5), git-send-email(1). */

/** Whatever their section is. */
const COMMANDS: ReadonlySet<string> = new Set([
  ...['command', 'cmd', 'program', 'helper', 'clean', 'smudge', 'process', 'textconv', 'external', 'driver', 'pager', 'editor'],
  ...['askpass', 'sshcommand', 'gitproxy', 'fsmonitor', 'uploadpack', 'receivepack', 'packobjectshook', 'alternaterefscommand'],
  ...['defaultkeycommand', 'difffilter', 'sendmailcmd', 'tocmd', 'cccmd', 'headercmd', 'smtpserver', 'httpd', 'tunnel'],
  ...['recentobjectshook', 'browser', 'update'],
]);
/** Sections of nothing but commands. */
const SECTIONS: ReadonlySet<string> = new Set(['alias', 'pager']);
/** Sections in which `path` is a program. */
const TOOL_SECTIONS: ReadonlySet<string> = new Set(['difftool', 'mergetool', 'man', 'browser', 'lfs']);

/** @param section @param key both in lower case, as git compares them */
export const isGitCommand = (section: string, key: string): boolean =>
  COMMANDS.has(key) || SECTIONS.has(section) || (key === 'path' && TOOL_SECTIONS.has(section));
