/**
 * V8 of Node 20 compiles a function only after 132 KB of its bytecode have run. A road of a thousand functions that each run once a request stays in the
 * interpreter for ten seconds of load that way. Later versions halve the budget (and have a compiler in between), so Node 20 is told the same.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes; the default of V8 12. */
const INTERRUPT_BUDGET = 67_584;

if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
