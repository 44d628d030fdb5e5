export type { Match, MatchMaker } from './compile.ts';
export { keywordFilter, secretDetector } from './detector.ts';
export { SECRET_RULES } from './rules/index.ts';
