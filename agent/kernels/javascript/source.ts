import * as module from 'node:module';
import { type Options, parse as parseScript } from 'acorn';

/**
 * Names of what takes the place of `import()` and `import.meta`, which code outside of modules doesn't have, and of what
 * stands between an `await` and what it waits for.
 */
export const inserted = {
  import: '__cubbyImport',
  meta: '__cubbyImportMeta',
  wait: '__cubbyWait',
  each: '__cubbyEach',
} as const;

interface Syntax {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** One stretch of code that is replaced. */
interface Edit {
  start: number;
  end: number;
  by: string;
}

/**
 * The code of a cell as V8 can evaluate it: without types, with modules imported when their turn comes, and with waits that an
 * interrupt can end. @throws SyntaxError
 */
export function toScript(code: string, language: 'javascript' | 'typescript'): string {
  const plain = language === 'typescript' ? withoutTypes(code) : code;
  // To parse every cell would take longer than most cells do.
  return /\b(import|export|await)\b/.test(plain) ? rewrite(plain) : plain;
}

/** What is only types goes and leaves the rest where it was; only enums and the like have to become something else. */
function withoutTypes(code: string): string {
  try {
    return module.stripTypeScriptTypes(code, { mode: 'strip' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw asSyntaxError(error);
  }
  try {
    return module.stripTypeScriptTypes(code, { mode: 'transform' });
  } catch (error) {
    throw asSyntaxError(error);
  }
}

function rewrite(code: string): string {
  const program = parse(code);
  // V8 says better what is wrong with it.
  if (!program) return code;
  const edits: Edit[] = [];
  visit(program, (node) => edits.push(...editsOf(node, code)));
  edits.sort((a, b) => b.start - a.start || b.end - a.end);
  return edits.reduce((text, { start, end, by }) => text.slice(0, start) + by + text.slice(end), code);
}

function parse(code: string): Syntax | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      const options: Options = { ecmaVersion: 'latest', sourceType, allowAwaitOutsideFunction: true };
      return parseScript(code, options) as unknown as Syntax;
    } catch {
      // What is no module may still be a script, which may do more.
    }
  }
  return undefined;
}

/** What becomes of one piece of syntax, apart from what is in it. */
function editsOf(node: Syntax, code: string): Edit[] {
  const { type, start, end } = node;
  const declaration = node.declaration as Syntax | null | undefined;
  switch (type) {
    case 'AwaitExpression':
      return around(node.argument as Syntax, inserted.wait);
    case 'ForOfStatement':
      return node.await ? around(node.right as Syntax, inserted.each) : [];
    case 'ImportExpression':
      return [{ start, end: start + 'import'.length, by: inserted.import }];
    case 'MetaProperty':
      return code.startsWith('import', start) ? [{ start, end, by: inserted.meta }] : [];
    case 'ImportDeclaration':
      return [{ start, end, by: importing(node, code) }];
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return [{ start, end: declaration?.start ?? end, by: declaration && !isStatement(declaration) ? '0, ' : '' }];
    case 'ExportAllDeclaration':
      return [{ start, end, by: '' }];
    default:
      return [];
  }
}

function around({ start, end }: Syntax, name: string): Edit[] {
  return [
    { start, end: start, by: `${name}(` },
    { start: end, end, by: ')' },
  ];
}

/** `import a, { b as c } from 'x'` as a declaration of constants. */
function importing(node: Syntax, code: string): string {
  const { source, specifiers, attributes } = node as unknown as {
    source: { raw: string };
    specifiers: (Syntax & { local: { name: string }; imported?: Syntax })[];
    attributes?: Syntax[];
  };
  const text = (part: Syntax) => code.slice(part.start, part.end);
  const options = attributes?.length ? `, { with: { ${attributes.map(text).join(', ')} } }` : '';
  const call = `await ${inserted.wait}(${inserted.import}(${source.raw}${options}))`;
  const whole = specifiers.find(({ type }) => type === 'ImportNamespaceSpecifier');
  const parts = specifiers
    .filter((specifier) => specifier !== whole)
    .map(({ imported, local }) => `${imported ? text(imported) : 'default'}: ${local.name}`);
  const named = parts.length > 0 ? `const { ${parts.join(', ')} } = ${whole ? whole.local.name : call};` : '';
  if (whole) return `const ${whole.local.name} = ${call}; ${named}`;
  return named || `${call};`;
}

/** What can stand alone: `export default` also takes expressions, and functions and classes without a name. */
function isStatement({ type, id }: Syntax): boolean {
  return type === 'VariableDeclaration' || (/^(Function|Class)Declaration$/.test(type) && id !== null);
}

function visit(node: Syntax, look: (node: Syntax) => void): void {
  look(node);
  for (const child of Object.values(node).flat()) {
    if (typeof (child as Syntax | null)?.type === 'string') visit(child as Syntax, look);
  }
}

/** The errors of Node's type stripper have no place for their user in their stack. */
function asSyntaxError(error: unknown): SyntaxError {
  return Object.assign(new SyntaxError((error as Error).message), { stack: (error as Error).stack });
}
