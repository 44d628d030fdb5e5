/** Why something asks, as public and stable codes, each with the sentence that tells the agent what to write instead. */

export const CODES = {
  'shell.size': 'The text is longer than 64 KB. Write the long part into a file, and name the file.',
  'shell.empty': 'There is no command where one was expected. Write one command per call.',
  'shell.control-char':
    'The text has a control character, or half of a surrogate pair. Leave it out; write line breaks and tabs only.',
  'shell.hidden-char': 'The text has a character that cannot be seen, or that changes the order of what is shown. Leave it out.',
  'shell.expansion':
    'The shell would replace a part of this ($, `, *, ?, [, ], ~, {a,b}). Write literal paths and values, or put the text into single quotes.',
  'shell.group': 'Parentheses group commands or define functions. Write the commands one after another, one per call.',
  'shell.comment': 'A comment begins with # where shells do not agree on it. Leave it out, or put the word into single quotes.',
  'shell.redirect':
    'Only 2>&1, >&2 and redirects to or from /dev/null are accepted, after a command. Write files with the file tool instead.',
  'shell.background': 'A single & starts something in the background. Run the command in the foreground, one per call.',
  'shell.operator': 'This operator is not accepted. Join commands with &&, ||, ; or |, or write one command per call.',
  'shell.keyword':
    'This begins with a word of the shell language (if, for, time, {, ! ...). Write the commands themselves, one per call.',
  'shell.assignment': 'A variable is set before the command. Leave it out, or ask for a rule that names it.',
  'shell.option-like': 'The text begins with - or +, which a shell would read as options. Begin with the name of the program.',
  'shell.job': 'A command that begins with % is about jobs of an interactive shell. Name the program.',
  'shell.quote': 'A quote is not closed. Close it.',
  'shell.backslash': 'The text ends in the middle of an escape. Leave the backslash out, or write what it escapes.',
  'shell.stateful': 'This changes how the shell reads what follows (alias, set, shopt, trap ...). Leave it out.',
  'shell.dialect': 'Not all shells read this alike, or it is not known which shell reads it. Put the word into single quotes.',
  'command.unmatched': 'No rule allows this command by itself.',
  'command.path': 'The program is named by a path that no rule knows. Call it by its bare name.',
  'command.unwrap':
    'An option of this wrapper is not known, so that it is not clear which command runs. Run the command without the wrapper.',
  'command.depth': 'Too many commands are wrapped in each other. Run the innermost one directly.',
  'command.open-tail': 'The command gets words that nobody has seen yet (xargs, find -exec ...). Name the words.',
  'command.privilege': 'This changes the user or the namespace it runs in. Run the command as you are.',
  'command.remote': 'This runs on another machine. Run it here, or ask for a rule.',
  'command.environment': 'Variables are set for the command. Leave them out, or ask for a rule.',
  'command.launcher': 'This fetches or enters something else and runs it there. Only a rule that names exactly this allows it.',
  'command.stdin':
    'A shell or an interpreter reads its commands from standard input. Write them into a file that can be looked at, and run that.',
  'command.names-program':
    'A program that is not known to take data only names another program that has a rule. Run that program directly.',
  'command.inline-code': 'Code stands in the arguments. Write it into a file, and run that.',
  'command.git-config': 'Configuration given to git for one call can run programs. Leave it out.',
  'command.lasting': 'This builtin changes what later commands do. Leave it out, and give each command what it needs.',
  'command.cwd':
    'The directory is outside of the mandate, or it cannot be told. Use `cd` with one literal path inside, or name the paths.',
} as const;

export type Code = keyof typeof CODES;

export const isCode = (code: string): code is Code => Object.hasOwn(CODES, code);
