/** What the bundle build hands to the kernel: policies in Cedar's JSON form (EST), the schema in its JSON form, and the registries' entities. */
import type { EntityRecord } from '../action/index.ts';
import type { Json, JsonRecord } from '../json.ts';

export interface PolicySource {
  /** The `@id` annotation, unique over the bundle. */
  readonly id: string;
  /** Cedar policy text, for people. */
  readonly text: string;
  /** Cedar EST, from `policyToJson`. */
  readonly est: Json;
  /** Path below the governance directory, and the line where the policy begins. */
  readonly file: string;
  readonly line: number;
}

export interface BundleSource {
  /** Content hash of the whole bundle. */
  readonly revision: string;
  /** Cedar language version that the policies were built for. */
  readonly language: '4.5';
  /** Cedar JSON schema, annotations included, from `schemaToJson`. */
  readonly schema: JsonRecord;
  readonly policies: readonly PolicySource[];
  readonly entities: readonly EntityRecord[];
}
