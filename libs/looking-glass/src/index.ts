export { answer } from './birdwatcher/answer.ts';
export type { Answer, GlassContext, Pieces } from './birdwatcher/document.ts';
export { parseQuestion, type Question } from './birdwatcher/request.ts';
export { ERROR_STATUS, type GlassError, type GlassErrorCode } from './glass-error.ts';
export type { GlassSource } from './glass-source.ts';
export { RequestPace } from './request-pace.ts';
export type { Viewer } from './viewer.ts';
