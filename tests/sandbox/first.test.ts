import { expect, it } from 'vitest';
import { execSync } from 'node:child_process';
import { backendOf, discard, once, specFor, tempFolder } from './stage.ts';
import { writeFileSync, mkdirSync } from 'node:fs';

it('tries', async () => {
  const ws = tempFolder('ws');
  execSync('git init -q . && git config user.email a@b.c && git config user.name n', { cwd: ws });
  writeFileSync(`${ws}/.env`, 'SECRET');
  mkdirSync(`${ws}/sub`);
  const backend = backendOf();
  const spec = specFor(ws);
  const t = performance.now();
  const ran = await once(backend, { ...spec, workspace: { ...spec.workspace, hidden: ['.env'] } }, [
    'sh',
    '-c',
    'id; pwd; ls -la; cat .env; echo x > a && git add a && git commit -qm m && git log --oneline; env; cat /proc/self/status | grep -E "Cap|NoNewPrivs|Seccomp"; echo bad >> .git/config; touch .git/hooks/pre-commit; mv .git .g; mkdir .vscode/x; ls -l /proc/self/fd; node -e "console.log(1+1)"; python3 -c "print(3)"; exit 7',
  ]);
  console.log(ran, performance.now() - t);
  console.log(execSync('ls -la; git log --oneline; git status --short', { cwd: ws }).toString());
  await backend.close();
  discard(ws);
  expect(ran.code).toBe(7);
});
