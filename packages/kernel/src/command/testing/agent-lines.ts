/**
 * Command lines as coding agents write them in an ordinary task, made from shapes: looking around, searching, reading files in part, building,
 * testing, git, and the shell work that goes with it. Weights say how often a shape comes; shapes that no strict split can take (globs,
 * variables, substitutions, files written by redirect, loops) are in with theirs, so that a share over them means something.
 */
import { randomOf } from './random.ts';

/** What a slot of a shape may hold. */
const SLOTS: Readonly<Record<string, readonly string[]>> = {
  file: [
    'src/index.ts',
    'packages/api/src/routes/users.ts',
    'README.md',
    'package.json',
    'lib/parser.py',
    'cmd/main.go',
    'src/lib.rs',
    '"docs/getting started.md"',
  ],
  folder: ['src', '.', 'packages/api', 'tests', '/home/dev/project', 'internal/store', '~/project'],
  word: [
    'TODO',
    '"export function"',
    "'class .*Store'",
    'useState',
    '"def test_"',
    "'fn\\s+main'",
    '-i "deprecated"',
    '\'import .* from "react"\'',
    '"process\\.env"',
    '"\\$\\{name\\}"',
    'handleClick\\(',
  ],
  lines: ["'1,120p'", "'200,320p'", '-n 50', '1,40p', '"10,60p"'],
  count: ['20', '40', '5', '100'],
  test: [
    'npm test',
    'npx vitest run',
    'pytest -q',
    'go test ./...',
    'cargo test',
    'npm run build',
    'npx tsc --noEmit',
    'make test',
  ],
  branch: ['main', 'origin/main', 'HEAD~1', 'feature/login', 'HEAD^', '@{u}'],
  message: [
    '"Fix the parser"',
    '"feat: add retry to client"',
    "'Handle empty input'",
    '"$(cat <<\'EOF\'\nFix login\n\nDetails.\nEOF\n)"',
  ],
  glob: ["'*.ts'", '"*.py"', '*.go', "'test_*'"],
};

/** How often of a thousand, and the shape. */
const SHAPES: readonly (readonly [weight: number, shape: string])[] = [
  [70, 'ls -la <folder>'],
  [20, 'ls <folder>'],
  [15, 'ls <folder>/*.ts'],
  [70, 'cat <file>'],
  [60, 'sed -n <lines> <file>'],
  [25, 'head -n <count> <file>'],
  [15, "nl -ba <file> | sed -n '1,80p'"],
  [15, 'wc -l <file>'],
  [70, 'rg -n <word> <folder>'],
  [30, 'rg -n <word> <folder> | head -n <count>'],
  [20, 'rg --files <folder> | rg <word>'],
  [50, 'grep -rn <word> <folder> --include=<glob>'],
  [25, 'grep -rn <word> <folder> 2>/dev/null | head -<count>'],
  [30, 'find <folder> -name <glob> -not -path "*/node_modules/*" | head -<count>'],
  [10, 'find <folder> -type f -name <glob> | xargs grep -l <word>'],
  [10, 'find <folder> -name <glob> -exec grep -l <word> {} \\;'],
  [45, 'git status --short'],
  [35, 'git diff'],
  [20, 'git diff <branch> -- <file>'],
  [25, 'git log --oneline -<count>'],
  [10, 'git show <branch>:<file>'],
  [20, 'git add -A && git commit -m <message>'],
  [10, 'git checkout -b feature/login && git status'],
  [45, '<test>'],
  [45, '<test> 2>&1 | tail -<count>'],
  [35, 'cd <folder> && <test> 2>&1 | tail -<count>'],
  [20, 'cd <folder> && ls -la && git status --short'],
  [10, 'cd <folder>; <test>; echo "exit: $?"'],
  [15, 'CI=1 <test>'],
  [10, 'timeout 120 <test> || echo "FAILED"'],
  [10, 'npm install --no-audit --no-fund lodash'],
  [10, 'mkdir -p <folder>/fixtures && touch <folder>/fixtures/.keep'],
  [8, 'rm -rf dist'],
  [6, 'mv <file> <file>.bak'],
  [8, 'which node python3 && node --version'],
  [15, 'python3 -c "import json,sys; print(json.load(sys.stdin))" < <file>'],
  [12, "python3 - <<'PY'\nimport os\nprint(os.getcwd())\nPY"],
  [12, "cat > <file> <<'EOF'\nhello\nEOF"],
  [10, "apply_patch <<'PATCH'\n*** Begin Patch\n*** End Patch\nPATCH"],
  [12, 'node -e "console.log(require(\'./package.json\').version)"'],
  [8, 'for f in src/*.ts; do wc -l "$f"; done'],
  [6, 'echo "$PATH"'],
  [6, 'export NODE_ENV=test && <test>'],
  [6, '<test> > /tmp/out.log 2>&1; tail -<count> /tmp/out.log'],
  [5, 'npm run dev &'],
  [5, 'curl -s http://localhost:3000/health | jq .'],
  [5, "sed -i 's/foo/bar/g' <file>"],
  [4, 'ps aux | grep node | grep -v grep'],
  [4, 'docker compose ps'],
  [4, 'if [ -f <file> ]; then cat <file>; fi'],
  [4, 'wc -l $(git ls-files <glob>)'],
];

const TOTAL = SHAPES.reduce((sum, [weight]) => sum + weight, 0);

function shapeAt(place: number): string {
  let left = place * TOTAL;
  for (const [weight, shape] of SHAPES) {
    left -= weight;
    if (left < 0) return shape;
  }
  return (SHAPES.at(-1) as readonly [number, string])[1];
}

/** @param seed the same lines for the same seed */
export function agentLines(count: number, seed: number): string[] {
  const random = randomOf(seed);
  const fill = (shape: string): string =>
    shape.replaceAll(/<(\w+)>/g, (all, name: string) => {
      const from = SLOTS[name];
      return from === undefined ? all : (from[Math.floor(random() * from.length)] as string);
    });
  return Array.from({ length: count }, () => fill(shapeAt(random())));
}
