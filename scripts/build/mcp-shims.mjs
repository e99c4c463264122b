/**
 * What @modelcontextprotocol/server takes for its platform (`_shims`), with the smaller of its two validators of JSON
 * schemas, that of Cloudflare's workers: 120 kB less in the package. No tool of ours asks for it: arguments are checked
 * by zod.
 */
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';

export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator };
export { default as process } from 'node:process';
