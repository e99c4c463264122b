import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Screen } from '../../../src/tui/terminal/screen.js';
import { stand } from '../../../src/tui/terminal/stand-ins.js';

/** A terminal that remembers what was written since it was asked last. */
class Paper extends EventEmitter {
  columns = 20;
  rows = 3;
  #text = '';

  write(text: string): boolean {
    this.#text += text;
    return true;
  }

  read(): string {
    const text = this.#text.replaceAll('\u001B[', '^');
    this.#text = '';
    return text;
  }
}

describe('the screen', () => {
  let paper: Paper;
  let screen: Screen;

  beforeEach(() => {
    paper = new Paper();
    screen = new Screen(paper);
    screen.open();
    paper.read();
  });

  it('writes only the lines that changed, each to its row', () => {
    screen.stream.write('one\ntwo\nthree\n');
    expect(paper.read()).toBe('^?2026h^1;1H^2Kone^2;1H^2Ktwo^3;1H^2Kthree^?2026l');
    screen.stream.write('\u001B[2K\u001B[1A\u001B[2K\u001B[1A\u001B[2K\u001B[Gone\nTWO\nthree\n');
    expect(paper.read()).toBe('^?2026h^2;1H^2KTWO^?2026l');
  });

  it('ignores what Ink writes beside frames, and what lies below the last row', () => {
    screen.stream.write('\u001B[?25l');
    screen.stream.write('\u001B[?2026h');
    expect(paper.read()).toBe('');
    screen.stream.write('1\n2\n3\n4\n');
    expect(paper.read()).toBe('^?2026h^1;1H^2K1^2;1H^2K2^3;1H^2K3^?2026l');
  });

  it('draws everything anew when the size changes, and tells of it', () => {
    let told = 0;
    screen.on('resize', () => {
      told += 1;
    });
    screen.stream.write('1\n2\n3\n4\n');
    paper.read();
    paper.rows = 4;
    paper.columns = 30;
    paper.emit('resize');
    expect(paper.read()).toBe('^?2026h^2J^1;1H^2K1^2;1H^2K2^3;1H^2K3^4;1H^2K4^?2026l');
    expect([told, screen.columns, screen.rows]).toEqual([1, 30, 4]);
  });

  it('gives the terminal back once, and draws no more', () => {
    screen.close();
    screen.close();
    screen.stream.write('late\n');
    expect(paper.read()).toBe('^?1006l^?1000l^?7h^?25h^?1049l');
  });

  it('writes lines in place of what stood for them, also where the frame looks the same to Ink', () => {
    const [one, two] = [stand('\u001B[31mone\u001B[0m'), stand('one')];
    expect(one).not.toBe(two);
    screen.stream.write(`${one}\n`);
    expect(paper.read()).toBe('^?2026h^1;1H^2K^31mone^0m^?2026l');
    screen.stream.write(`${stand('two')}\n${stand('')}\n`);
    expect(paper.read()).toBe('^?2026h^1;1H^2Ktwo^2;1H^2K^?2026l');
  });
});
