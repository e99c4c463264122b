import type { Diagnosis, Group } from '../../analysis/model.js';
import { connectionMarkdown, diagnosisMarkdown, groupMarkdown } from '../../report/markdown.js';
import { counted } from '../../report/quantities.js';
import type { Request } from './outside.js';

/** Flows that are told one by one. */
const MOST_FLOWS = 20;

/**
 * What is under the cursor, or marked, to be put into an issue or a chat: the diagnosis or the group as the Markdown
 * report has it, or flows with their findings.
 */
export function asMarkdown({ analysis, flows, told = null }: Request): string {
  if (told !== null)
    return (isDiagnosis(told) ? diagnosisMarkdown(analysis, told) : groupMarkdown(analysis, told)).trim();
  const each = flows.slice(0, MOST_FLOWS).map((flow) => connectionMarkdown(analysis, analysis.connection(flow)).trim());
  const more = flows.length - each.length;
  return [...each, ...(more > 0 ? [`… and ${counted(more, 'more flow')}.`] : [])].join('\n\n');
}

function isDiagnosis(told: Diagnosis | Group): told is Diagnosis {
  return 'refutes' in told;
}

