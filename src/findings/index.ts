import type { Detector } from './detector.js';

/** Report order. A new detector: write its file, then add one line here. */
export const detectors = [] as readonly Detector[];
