/**
 * The TypeScript of our documents, as programs. A block is one program; a reader must be able to copy it as it stands.
 *
 *   expression; // => text           the value, as `util.inspect` writes it; … stands for anything
 *   console.log(value); // => text   what is printed
 *   const x = expression; // => text
 *
 * What a block needs and a reader has (a socket, a daemon's parts) is declared in an HTML comment right in front of it,
 * `<!-- example: … -->`. A block that begins with "```ts no-run" needs more than that and is only compiled.
 */

export interface Example {
  /** `file:line` of the block's first line. */
  readonly name: string;
  /** For the compiler: what the comment declares, then the block. */
  readonly source: string;
  /** For Node: every `// =>` has become a comparison. */
  readonly program: string;
  readonly isRun: boolean;
}

const BLOCK =
  /(?:<!-- example:\s*(?<before>[\s\S]*?)-->\s*\n)?^```(?:ts|typescript)\b(?<mark>[^\n]*)\n(?<code>[\s\S]*?)^```/gm;
const CLAIM = /^(?<indent>\s*)(?<statement>\S.*?);?\s*\/\/ => (?<expected>.*)$/;
const CLAIMS = new URL('example-claims.ts', import.meta.url).href;

/** In the order in which they stand in the document. */
export function examplesOf(file: string, markdown: string): Example[] {
  return [...markdown.matchAll(BLOCK)].map(({ index, groups = {}, 0: text }) => {
    const { before = '', mark = '', code = '' } = groups;
    const line = markdown.slice(0, index + text.lastIndexOf(code)).split('\n').length;
    return {
      name: `${file}:${line}`,
      source: `${before}\n${code}\nexport {};\n`,
      program: programOf(before, code),
      isRun: !mark.includes('no-run'),
    };
  });
}

function programOf(before: string, code: string): string {
  const claims: string[] = [];
  const lines = code.split('\n').map((line) => {
    const { indent = '', statement, expected = '' } = CLAIM.exec(line)?.groups ?? {};
    if (statement === undefined) return line;
    claims.push(expected.trimEnd());
    return indent + compared(statement, claims.length - 1);
  });
  return [
    `import { ExampleClaims } from ${JSON.stringify(CLAIMS)};`,
    `const exampleClaims = new ExampleClaims(${JSON.stringify(claims)});`,
    before,
    ...lines,
    'exampleClaims.end();',
    'process.exit(0); // an example may leave sockets and timers open',
  ].join('\n');
}

/** The statement, with its value compared. A condition or a loop in front stays in front. */
function compared(statement: string, claim: number): string {
  const head = controlOf(statement);
  const rest = statement.slice(head.length).trim();
  const printed = /^console\.log\((.*)\)$/.exec(rest)?.[1];
  if (printed !== undefined) return `${head}exampleClaims.prints(${claim}, ${printed});`;
  const declared = /^const (\w+)\b.*? = /.exec(rest)?.[1];
  if (declared !== undefined) return `${rest}; exampleClaims.is(${claim}, ${declared});`;
  return `${head}exampleClaims.is(${claim}, ${rest});`;
}

/** `if (…) ` or `for (…) ` at the beginning, with its parentheses. */
function controlOf(statement: string): string {
  const open = /^(?:if|for) \(/.exec(statement)?.[0].length;
  if (open === undefined) return '';
  let depth = 1;
  let end = open;
  for (; depth > 0 && end < statement.length; end++) {
    if (statement[end] === '(') depth++;
    if (statement[end] === ')') depth--;
  }
  return `${statement.slice(0, end)} `;
}
