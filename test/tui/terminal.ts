import { spawn, type IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';


/** A program in a pseudo-terminal, and the screen that a person would see. */
export class TestTerminal {
  readonly #program: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly exited: Promise<{ exitCode: number; signal?: number | undefined }>;
  /** All bytes the program wrote. */
  output = '';

  constructor(
    command: readonly string[],
    {
      columns = 80, rows = 24, environment = {}, directory = process.cwd(),
    }: { columns?: number; rows?: number; environment?: Record<string, string>; directory?: string } = {},
  ) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const {
      CI: _ci, CONTINUOUS_INTEGRATION: _too, NO_COLOR: _colour, FORCE_COLOR: _force, NODE_ENV: _mode, ...inherited
    } = process.env;
    const [file, ...args] = command;
    this.#program = spawn(file!, args, {
      name: 'xterm-256color', cols: columns, rows, env: { ...inherited, ...environment }, cwd: directory,
    });
    this.#program.onData((data) => {
      this.output += data;
      this.#screen.write(data);
    });
    this.exited = new Promise((resolve) => {
      this.#program.onExit(resolve);
    });
  }

  press(keys: string): void {
    this.#program.write(keys);
  }

  kill(signal: string): void {
    this.#program.kill(signal);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#program.resize(columns, rows);
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** `alternate` while the program has the screen to itself. */
  get buffer(): 'normal' | 'alternate' {
    return this.#screen.buffer.active.type;
  }

  /** What is on the screen, a string a row, without the blanks at its end. */
  rows(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString()
          .trimEnd() ?? '',
    );
  }

  text(): string {
    return this.rows().join('\n');
  }

  /** The screen, once all that has come is drawn; null in the middle of a frame (DEC mode 2026). */
  async #settled(): Promise<string | null> {
    await new Promise<void>((resolve) => {
      this.#screen.write('', resolve);
    });
    return this.output.lastIndexOf('\u001B[?2026h') > this.output.lastIndexOf('\u001B[?2026l') ? null : this.text();
  }

  /** Waits until the screen is as wanted, and answers it; fails with what is there instead. */
  async until(wanted: string | RegExp | ((screen: string) => boolean), milliseconds = 15_000): Promise<string> {
    const isThere =
      typeof wanted === 'string'
        ? (screen: string) => screen.includes(wanted)
        : wanted instanceof RegExp
          ? (screen: string) => wanted.test(screen)
          : wanted;
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const screen = await this.#settled();
      if (screen !== null && isThere(screen)) return screen;
      if (Date.now() > deadline) throw new Error(`waited for ${String(wanted)}, but the screen is\n${this.text()}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
  }
}
