export { FINDING_KINDS } from './detector.ts';
export type { Confidence, DetectOptions, Detector, FindingKind, Hit, RaisedClass, RuleInfo, TextPlace } from './detector.ts';
export { restore } from './placeholder.ts';
export type { Finding, Profile, Redacted, Scanned, Unscannable } from './profile.ts';
export { makeScanner } from './scanner.ts';
export type { ScannerParts, StreamRedactor, TextScanner } from './scanner.ts';
export { SECRET_RULES, secretDetector } from './secret/index.ts';
