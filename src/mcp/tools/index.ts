import type { Tool } from '../tool.js';
import { analyze } from './analyze.js';
import { between } from './between.js';
import { diagnoses } from './diagnoses.js';
import { explain } from './explain.js';
import { findings } from './findings.js';
import { flow } from './flow.js';
import { netstat } from './netstat.js';

/** In the order in which they are listed. A new tool: write its file, then add one line here. */
export const tools: readonly Tool[] = [analyze, diagnoses, findings, flow, netstat, between, explain];
