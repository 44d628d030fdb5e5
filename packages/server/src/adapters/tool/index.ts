export type { InProcess, ToolUpstreamsDeps } from './deps.ts';
export { createToolUpstreams } from './upstreams.ts';
