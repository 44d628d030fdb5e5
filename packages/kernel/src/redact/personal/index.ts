export { personalDetector } from './detector.ts';
