/** What an approval is bound to. */
import type { ActionRequest } from '../action/index.ts';
import type { JsonRecord } from '../json.ts';

/**
 * What was asked and nothing else: principal, action, resource, arguments. Facts stay out, since with a clock or a balance in it no second
 * decision would ever match the first. Its canonical JSON is what gets hashed.
 */
export function requestDigestInput(request: ActionRequest): JsonRecord {
  const { principal, action, resource, args } = request;
  return {
    principal: { type: principal.type, id: principal.id },
    action,
    resource: { type: resource.type, id: resource.id },
    args,
  };
}
