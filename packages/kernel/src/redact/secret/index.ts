export { secretDetector } from './detector.ts';
export { SECRET_RULES } from './rules/index.ts';
