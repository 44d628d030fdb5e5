export { ACTION_CLASSES, CLASS_GROUPS } from './request.ts';
export type { ActionClass, ActionRequest, EntityRecord, EntityRef, Facts } from './request.ts';
