export { createToolUpstreams } from './upstreams.ts';
