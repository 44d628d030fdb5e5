/** First words that are no programs. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Grammar of the shells, where unquoted. */
export const KEYWORDS = words(
  'if then else elif fi do done case esac while until for in select function time coproc { } ! [[ ]]',
);

/** Grammar or modifiers of some shells only. */
export const CONTESTED_KEYWORDS = words('always repeat foreach end nocorrect noglob - builtin command exec integer float');

/** Builtins that change how the same text is read further on. */
export const STATEFUL = words('alias unalias enable shopt set setopt unsetopt emulate trap hash builtin');

/** Builtins that split well and change what later commands do: none of them is allowed by a rule. */
export const LASTING = words(`export declare typeset readonly local unset read readarray mapfile source . eval exec cd pushd popd
  dirs umask ulimit let getopts exit return break continue shift times wait jobs fg bg disown suspend logout history fc bind complete
  compgen compopt caller`);

/** Whether a word is a builtin that changes how other text is read, or what later commands do. */
export const isBuiltin = (word: string): boolean => STATEFUL.has(word) || LASTING.has(word);
