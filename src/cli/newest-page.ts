import type { Analysis } from '../analysis/model.js';
import type { Pages } from './page-server.js';

/**
 * Times that a page is begun again because what it tells of was forgotten meanwhile: more can be forgotten only when
 * more has come.
 */
const MOST_TRIES = 3;

/** The page of the newest analysis: written when somebody asks for it, and once for all who do. */
export class NewestPage implements Pages {
  private readonly write: (analysis: Analysis, version: string) => Promise<string>;
  private readonly listeners = new Set<(version: string) => void>();
  private analysis: Analysis | null = null;
  private number = 0;
  private written: { readonly version: string; readonly page: Promise<string> } | null = null;
  private arrived: () => void = () => {};
  /** Until there is a first one. */
  readonly first: Promise<void> = new Promise((resolve) => (this.arrived = resolve));

  constructor(write: (analysis: Analysis, version: string) => Promise<string>) {
    this.write = write;
  }

  get version(): string {
    return String(this.number);
  }

  show(analysis: Analysis): void {
    this.analysis = analysis;
    this.number += 1;
    this.arrived();
    for (const listener of this.listeners) listener(this.version);
  }

  onNew(listener: (version: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async page(): Promise<string> {
    await this.first;
    for (let tries = 1; ; tries += 1) {
      const { version } = this;
      this.written =
        this.written?.version === version ? this.written : { version, page: this.write(this.analysis!, version) };
      const { page } = this.written;
      try {
        return await page;
      } catch (error) {
        if (this.written?.page === page) this.written = null;
        // `Analysis.connection`: a connection of it has been forgotten since.
        if (!(error instanceof RangeError) || tries === MOST_TRIES) throw error;
      }
    }
  }
}
