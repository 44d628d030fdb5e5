/** Names that agents see must be one tool each, on all servers together; what the servers themselves offer is compared when they are asked. */
import { nameKey } from '@countersign/kernel/tool';
import type { Findings } from '../finding.ts';
import type { Parsed } from '../schema/parse.ts';
import type { ToolFile } from '../schema/tool.ts';

export function checkAliases(tools: readonly Parsed<ToolFile>[], findings: Findings): void {
  const servers = new Map<string, string>();
  for (const tool of tools) {
    const { id } = tool.value;
    if (servers.has(id))
      findings.error(tool.at('id'), { code: 'registry.duplicate-id', message: `The tool server \`${id}\` is there twice.` });
    servers.set(id, tool.file);
  }
  const taken = new Map<string, string>();
  for (const tool of tools) {
    const { id, operations } = tool.value;
    operations.forEach(({ name, alias }, index) => {
      const exposed = alias ?? `${id}__${name}`;
      const place = tool.at('operations', index, alias === null ? 'name' : 'alias');
      const other = taken.get(nameKey(exposed));
      const own = `${id}/${name}`;
      if (other !== undefined && other !== own)
        findings.error(place, { code: 'tool.alias', message: `Agents could not tell \`${exposed}\` from that of \`${other}\`.` });
      taken.set(nameKey(exposed), own);
      const [prefix = '', ...rest] = alias?.split('__') ?? [];
      if (rest.length > 0 && prefix !== id && servers.has(prefix))
        findings.error(place, { code: 'tool.alias', message: `The alias \`${exposed}\` looks like a tool of \`${prefix}\`.` });
    });
  }
}
