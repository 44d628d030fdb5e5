import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function commandCommands(program: Command, session: Session): void {
  const command = addNoun(program, 'command', 'what shell text means, and what the command rules say of it');
  addCommand(command, session, {
    name: 'split',
    summary: 'take shell text apart: a JSON string on each line of standard input, a JSON object on each line of the answer',
    examples: [`echo '"git status && ls"' | countersign command split`, 'countersign command split --dialect sh < texts.jsonl'],
    options: [['--dialect <shell>', 'who would read the text: bash, sh, zsh, or none where it is not known', 'bash']],
    load: async () => (await import('./split.ts')).splitLines,
  });
  addCommand(command, session, {
    name: 'check [words...]',
    summary: 'what the command rules say of one command: one word is shell text, several are its arguments',
    examples: [
      "countersign command check -- 'git -C . push'",
      'countersign command check --governance governance -- npm test',
      "countersign command check --json -- 'cat notes.txt | sh'",
    ],
    options: [
      [
        '--governance <directory>',
        'rules of this directory (else those in force on the server that is named, else ./governance)',
      ],
      ['--cwd <directory>', 'where it would run (else here)'],
      ['--dialect <shell>', 'who would read the text: bash, sh, zsh, or none where it is not known', 'bash'],
    ],
    repeated: [['--root <directory>', 'what the task may touch (else the working directory)']],
    json: true,
    load: async () => (await import('./check.ts')).check,
  });
  addCommand(command, session, {
    name: 'import <client> <file>',
    summary: 'rules of codex, or permissions of claude, as a commands.yaml; what is lost is told',
    examples: [
      'countersign command import codex ~/.codex/rules/default.rules > governance/commands.yaml',
      'countersign command import claude .claude/settings.json --accept-wider',
    ],
    options: [
      ['--owner <team>', 'who answers for the rules, and is asked', 'team:platform'],
      ['--accept-wider', 'write also what lets more through than the file did'],
    ],
    repeated: [['--accept <entry>', 'a deny that cannot be taken over and may be left out, as it stands in the file']],
    json: true,
    load: async () => (await import('./import.ts')).importRules,
  });
  addCommand(command, session, {
    name: 'export <client> [directory]',
    summary: 'the command rules as rules of codex, or as permissions of claude; what is lost is told',
    examples: [
      'countersign command export codex governance > countersign.rules',
      'countersign command export codex governance --allow npm.test',
      'countersign command export claude governance --json',
    ],
    options: [['--accept-wider', 'write also what lets more through than the rules do']],
    repeated: [['--allow <rule>', 'codex only: a rule that may run outside of its sandbox without asking']],
    json: true,
    load: async () => (await import('./export.ts')).exportRules,
  });
}
