import type { z } from 'zod';

/** What a client may take for granted of a tool: Model Context Protocol's annotations. */
export interface ToolHints {
  /** It changes nothing. */
  readOnly: boolean;
  /** It may take away what was there. */
  destructive: boolean;
  /** A second call with the same parameters changes nothing more. */
  idempotent: boolean;
}

/** A tool as every interface shows it: for models to choose and call, for programs to check. */
export interface Tool<Parameters extends z.ZodObject = z.ZodObject, Result extends z.ZodType = z.ZodType> {
  /** As LobeHub's service calls it, which has stayed the same. */
  name: string;
  /** Other names of the same, as LobeHub's newer manifest has them. */
  aliases: readonly string[];
  /** A few words for people. */
  title: string;
  /** For models: what it does, what comes back, when to take another. */
  description: string;
  /** Unknown ones are ignored, and null is as good as absent: see `readParameters`. */
  parameters: Parameters;
  result: Result;
  hints: ToolHints;
  /** A person should agree before it runs, as LobeHub asks. */
  confirm: boolean;
}

/** Writes a tool down, with its types. */
export function defineTool<Parameters extends z.ZodObject, Result extends z.ZodType>(
  tool: Tool<Parameters, Result>,
): Tool<Parameters, Result> {
  return tool;
}
