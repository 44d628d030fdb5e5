/** The parsers for commands that read policy or shell text without a server. */
import { openShellScript } from '../adapters/shell-script/index.ts';

export { cedarText, foreignCedar } from '../adapters/cedar/index.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Whoever opens it closes it. What it could not look at, it says in its answer. */
export const shellScript = () => openShellScript({ log: SILENT });
