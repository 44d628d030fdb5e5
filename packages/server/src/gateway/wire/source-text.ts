/** Whether a text is, or quotes, source code. A guess: it decides only whether weak findings are taken out or left in. */

/** Units that are looked at. */
const SAMPLE = 4_096;
const LINES_LEAST = 2;
const CODE_LINE =
  /[;{}]\s*$|^\s*(?:import|from|export|const|let|var|def|class|func|fn|function|return|public|private|protected|package|using|namespace|#include|if|for|while|else|try|SELECT|INSERT|CREATE)\b.*[({:;=]|=>|^\s*(?:\/\/|\/\*|\*|#!|<\/?\w+|@\w+)|^[+-]{1,3} |^diff --git|^\s*[\w.-]+\s*[:=]\s*\S/;

export function looksLikeSource(text: string): boolean {
  const lines = text.slice(0, SAMPLE).split('\n');
  let found = 0;
  for (const line of lines) {
    if (line.length > 400 || !CODE_LINE.test(line)) continue;
    found += 1;
    if (found >= LINES_LEAST && found * 5 >= lines.length) return true;
  }
  return false;
}
