// The screen over hand-made analyses, as a program of its own: node driver.js SCENE [FLOWS]
import type { Analysis, AnalysisOptions } from '../../src/analysis/model.js';
import { showTui } from '../../src/tui/main.js';
import { analysisOf, ladderOf } from './fixture.js';

process.env['NODE_ENV'] ??= 'production';
const [, , scene = 'still', flows = '100'] = process.argv;

const scenes: Readonly<Record<string, (options: AnalysisOptions) => Promise<Analysis>>> = {
  /** A capture that is there at once. */
  still: async () => analysisOf(Number(flows)),

  /** A large file, read to 43 % and no further. */
  async reading(options) {
    options.onProgress?.({ bytes: 430_000_000, total: 1_000_000_000, packets: 1_234_567 });
    return new Promise<Analysis>(() => { setInterval(() => {}, 1000); });
  },

  /** A pipe: each line on stdin is another flow. */
  async live(options) {
    let count = 0;
    process.stdin.on('data', (data: Buffer) => {
      count += data.toString().split('\n').length - 1;
      options.onProgress?.({ bytes: count * 1000, total: null, packets: count * 10 });
      options.onSnapshot?.(analysisOf(count));
    });
    await new Promise((resolve) => {
      process.stdin.on('end', resolve);
    });
    return analysisOf(count);
  },

  async unreadable() {
    throw Object.assign(new Error('night.pcapng: no such file'), { name: 'CaptureError' });
  },

  /** An error of our own, thrown where nobody catches it. */
  async crash() {
    setTimeout(() => {
      throw new Error('a fault of lastack');
    }, 100);
    return analysisOf(3);
  },

  async hostile() {
    const escape = '\u001B]0;owned\u0007\u001B[2J\u202Egnp.exe';
    const analysis = analysisOf(3);
    return {
      ...analysis,
      capture: { ...analysis.capture, files: [{ ...analysis.capture.files[0]!, path: `${escape}.pcapng` }] },
      findings: analysis.findings.map((finding) => ({ ...finding, message: `${escape} 漢字漢字 ${finding.message}` })),
    };
  },
};

process.exit(await showTui({ paths: ['night.pcapng'], analysisOptions: {} }, {
  analyze: (_paths, options) => scenes[scene]!(options),
  readLadder: async (analysis, id) => ladderOf(analysis.connection(id)),
  readPacketsAround: async () => {
    throw new Error('night.pcapng: no such file');
  },
}));
