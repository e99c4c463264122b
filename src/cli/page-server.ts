import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { inert } from '../report/inert.js';

/** Nobody beyond this host is listened to. */
const LOOPBACK = '127.0.0.1';
/** Connections, and of them those that wait for news: the tabs of one person. */
const MOST_CONNECTIONS = 64;
const MOST_LISTENERS = 16;
/**
 * Milliseconds between signs of life for those who wait: proxies and sleeping tabs tell by them that the connection
 * still is.
 */
const HEARTBEAT = 15_000;
/** Bytes that wait for a listener who does not read, before it is left. */
const MOST_WAITING = 65_536;

/** What is served: a page that may become another one. */
export interface Pages {
  /** Version of the page now. */
  readonly version: string;
  /** The newest page, and its version. @throws where it cannot be made */
  page(): Promise<string>;
  /** Is called with each new version; answers what ends that. */
  onNew(listener: (version: string) => void): () => void;
}

/**
 * Serves a page to who knows its address, on this host alone.
 *
 * A page of another site must not read it: without the token in the path, which nobody can guess, and with another
 * name than this host's (a name that was made to lead here: DNS rebinding) there is nothing. Only GET and HEAD are
 * understood, nothing is ever read from disk by a path.
 */
export class PageServer {
  /** 128 random bits. */
  readonly token: string = randomBytes(16).toString('base64url');
  private readonly pages: Pages;
  private readonly server: Server;
  private readonly listeners = new Set<ServerResponse>();
  private readonly stopNews: () => void;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(pages: Pages) {
    this.pages = pages;
    this.server = createServer(
      { headersTimeout: 5000, requestTimeout: 10_000, maxHeaderSize: 8192 },
      (request, response) => this.answer(request, response),
    );
    this.server.maxConnections = MOST_CONNECTIONS;
    this.stopNews = pages.onNew((version) => this.tell(`data: ${version}\n\n`));
    this.heartbeat = setInterval(() => this.tell(': \n\n'), HEARTBEAT);
  }

  /** Begins to listen; answers the page's address. @throws where the port is taken */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, LOOPBACK, resolve);
    });
    return `http://${LOOPBACK}:${this.port}/${this.token}/`;
  }

  /** Ends all connections. Nothing of it holds the process any more. */
  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    this.stopNews();
    for (const listener of this.listeners) listener.end();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  private answer({ method, url = '', headers: { host } }: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    }))
      response.setHeader(name, value);
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'only GET\n');
    const [, token = '', rest] = /^\/([^/?]*)\/([^?]*)(?:\?|$)/.exec(url) ?? [];
    const isNamed = host === `${LOOPBACK}:${this.port}` || host === `localhost:${this.port}`;
    if (!isNamed || !isSame(token, this.token) || (rest !== '' && rest !== 'events'))
      return end(response, 404, 'nothing is here\n');
    if (rest === 'events') return this.hear(response);
    return void this.send(response, method);
  }

  private async send(response: ServerResponse, method: string): Promise<void> {
    try {
      const page = await this.pages.page();
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(method === 'HEAD' ? undefined : page);
    } catch (error) {
      end(response, 500, `${inert(error instanceof Error ? error.message : String(error))}\n`);
    }
  }

  /** Server-sent events (HTML Standard §9.2): which page there is, now and whenever it is another one. */
  private hear(response: ServerResponse): void {
    const { listeners } = this;
    if (listeners.size >= MOST_LISTENERS) return end(response, 503, 'too many wait already\n');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${this.pages.version}\n\n`);
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  }

  private tell(event: string): void {
    for (const listener of this.listeners) {
      if (listener.writableLength > MOST_WAITING) listener.destroy();
      else listener.write(event);
    }
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** In a time that does not tell how much of it is right. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
