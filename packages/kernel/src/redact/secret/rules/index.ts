import type { SecretRule } from '../rule.ts';
import { CLOUD } from './cloud.ts';
import { COMMANDS } from './commands.ts';
import { COMPOSED } from './composed.ts';
import { FORGES } from './forges.ts';
import { GENERIC } from './generic.ts';
import { KEYS } from './keys.ts';
import { MODELS } from './models.ts';
import { SAAS_A_F } from './saas-a-f.ts';
import { SAAS_G_M } from './saas-g-m.ts';
import { SAAS_N_Z } from './saas-n-z.ts';
import { SAAS_PREFIXED } from './saas-prefixed.ts';

/** Every rule for secrets. */
export const SECRET_RULES: readonly SecretRule[] = [
  ...FORGES,
  ...CLOUD,
  ...MODELS,
  ...SAAS_A_F,
  ...SAAS_G_M,
  ...SAAS_N_Z,
  ...SAAS_PREFIXED,
  ...KEYS,
  ...COMPOSED,
  ...COMMANDS,
  ...GENERIC,
];
