import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

import { S3mini } from 's3mini';

import { FleetError } from './queue.js';

/** One bucket of an S3 server. */
export interface Bucket {
  list(prefix: string): Promise<readonly { readonly key: string; readonly size: number }[]>;
  /** Writes an object to a file, without holding it in memory. */
  fetch(key: string, path: string): Promise<void>;
}

/**
 * Server and keys are those of the environment, as the tools of AWS name them: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL,
 * AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
 *
 * @throws FleetError
 */
export function openBucket(name: string, environment: NodeJS.ProcessEnv = process.env): Bucket {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = environment;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new FleetError('s3:// needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment');
  if (AWS_SESSION_TOKEN !== undefined && AWS_SESSION_TOKEN !== '')
    throw new FleetError('keys of a session (AWS_SESSION_TOKEN) are not supported: use keys that last');
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const server =
    environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`;
  const s3 = new S3mini({ accessKeyId, secretAccessKey, region, endpoint: `${server.replace(/\/+$/, '')}/${name}` });
  return {
    async list(prefix) {
      const found = (await s3.listObjects('/', prefix)) ?? [];
      return found.map(({ Key, Size }) => ({ key: Key, size: Size }));
    },
    async fetch(key, path) {
      const response = await s3.getObjectResponse(key);
      if (response?.body == null) throw new FleetError(`s3://${name}/${key} is not there`);
      // The DOM's type of a stream, which the pages of reports need, is not that of Node; the stream is.
      await pipeline(Readable.fromWeb(response.body as unknown as NodeReadableStream), createWriteStream(path));
    },
  };
}
