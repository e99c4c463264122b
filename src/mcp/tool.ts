import { z } from 'zod';
import { MOST_RECORDS, USUAL_RECORDS, type Page } from './answer.js';
import type { Asking, Captures } from './captures.js';

/** What a tool has besides what it was asked. */
export interface Surroundings extends Asking {
  readonly captures: Captures;
}

/** One tool of the Model Context Protocol: what it is for, what it takes, and its answer as text. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** For a model that has never heard of it. */
  readonly description: string;
  readonly input: z.ZodObject;
  /** `asked` has been checked against `input`. */
  answer(asked: unknown, surroundings: Surroundings): Promise<string>;
}

/** A tool whose answer knows the type of what is asked. */
export function tool<Shape extends z.ZodRawShape>(
  { answer, ...rest }: Pick<Tool, 'name' | 'title' | 'description'> & {
    readonly input: z.ZodObject<Shape>;
    readonly answer: (asked: z.infer<z.ZodObject<Shape>>, surroundings: Surroundings) => Promise<string>;
  },
): Tool {
  return { ...rest, answer: (asked, surroundings) => answer(asked as z.infer<z.ZodObject<Shape>>, surroundings) };
}

const path = z.string().min(1).max(4096);

/** Names of captures, as one or as several. */
export const captures = z
  .union([path, z.array(path).min(1).max(1000)])
  .describe(
    'A capture file (pcap or pcapng, also compressed), a folder of them, or a list: all of one are read together.',
  );
export const filter = z
  .string()
  .max(10_000)
  .optional()
  .describe(
    'Only connections that pass this filter: "port 8000 and cause leak and age > 30s". Ask explain for "filter" to ' +
      'learn its language.',
  );
export const page = {
  offset: z.number().int().min(0).default(0).describe('Records to skip: "next" of the answer before.'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MOST_RECORDS)
    .default(USUAL_RECORDS)
    .describe(`Records at most. An answer is cut to 48 KiB.`),
};

export function list(names: string | readonly string[]): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

export type { Page };
