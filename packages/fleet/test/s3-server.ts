import { createHash, createHmac } from 'node:crypto';
import { type IncomingMessage, type Server, createServer } from 'node:http';

export const KEY = 'fleet';
export const SECRET = 'fleet-secret';

/** Keys of one page of a list: few, so that there are several. */
const PAGE = 4;

export interface S3Server {
  readonly url: string;
  /** By key. */
  readonly objects: Map<string, Buffer>;
  /** What was asked of it. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** One bucket over HTTP, as S3 answers: ListObjectsV2 in pages, GetObject, and no word without a right signature. */
export async function startS3(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://server');
    asked.push(`${request.method} ${request.url}`);
    if (!isSigned(request, url)) {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    const key = decodeURIComponent(url.pathname).slice(`/${bucket}/`.length);
    if (key === '') {
      response.writeHead(200, { 'content-type': 'application/xml' }).end(listing(bucket, url, objects));
      return;
    }
    const object = objects.get(key);
    if (object === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200, { 'content-length': object.length, etag: '"1"' }).end(object);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    objects,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listing(bucket: string, { searchParams }: URL, objects: ReadonlyMap<string, Buffer>): string {
  const prefix = searchParams.get('prefix') ?? '';
  const after = searchParams.get('continuation-token') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
  const page = keys.slice(0, PAGE);
  const isCut = keys.length > page.length;
  const contents = page.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified><ETag>"1"</ETag>` +
      `<Size>${objects.get(key)!.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    `<Name>${bucket}</Name><Prefix>${prefix}</Prefix><KeyCount>` +
      `${page.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${isCut}</IsTruncated>` +
    `${contents.join('')}${next}</ListBucketResult>`;
}

const AUTHORIZATION = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)/(?<day>\\d+)/(?<region>[^/]+)/s3/aws4_request, ?' +
    'SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]+)$',
);

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function mac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Signature version 4, of the request's headers. */
function isSigned({ headers, method }: IncomingMessage, url: URL): boolean {
  const { id, day, region, signed, signature } = AUTHORIZATION.exec(headers.authorization ?? '')?.groups ?? {};
  if (id !== KEY) return false;
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted().join('&');
  const named = signed!.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const path = url.pathname.split('/').map((part) => encode(decodeURIComponent(part))).join('/');
  const canonical = [method, path, query, named, signed, headers['x-amz-content-sha256']].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const sum = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sum].join('\n');
  const begin = mac(`AWS4${SECRET}`, day!);
  const key = [region!, 's3', 'aws4_request'].reduce<Buffer>((made, part) => mac(made, part), begin);
  return mac(key, text).toString('hex') === signature;
}
