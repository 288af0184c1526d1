/**
 * Finds the fenced blocks of a page and turns them into files that can be checked and run.
 *
 * The words after the fence say what to do, see tools/check-docs.ts.
 */

/** A fenced block of `ts`, `js` or `sh`. */
export interface Block {
  readonly language: 'ts' | 'js' | 'sh'
  /** The further words of the fence: `['app.ts', 'no-run']`. */
  readonly words: readonly string[]
  /** Number of the block's first line in the page. */
  readonly line: number
  readonly text: string
}

/** Blocks that lie in one folder and may import one another. A file named anew starts the next folder. */
export interface Chapter {
  readonly files: ReadonlyMap<string, string>
  /** Names of files to run, in order. */
  readonly programs: readonly string[]
}

const fence = /^( *)```(ts|js|sh)\b([^\n]*)\n([\s\S]*?)^\1```$/gm
const expectation = /^(\s*)(?:(const|let) (\w+)\b)?(.*\S)\s+\/\/ => (.*\S)\s*$/
const fileName = /^[\w-]+\.(?:ts|js)$/

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = []
  for (const { index, 1: indent = '', 2: language, 3: words = '', 4: text = '' } of page.matchAll(fence)) {
    blocks.push({
      language: language as Block['language'],
      words: words.split(/\s+/).filter(word => word !== ''),
      line: page.slice(0, index).split('\n').length + 1,
      text: indent === '' ? text : text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    })
  }
  return blocks
}

/** The files of a page's `ts` and `js` blocks. `showsFrom` is the module to import `shows` from. */
export function chaptersOf(blocks: readonly Block[], showsFrom: string): readonly Chapter[] {
  const chapters: { files: Map<string, string>; programs: string[] }[] = []
  for (const block of blocks) {
    if (block.language === 'sh') continue
    const name = block.words.find(word => fileName.test(word)) ?? `line-${block.line}.${block.language}`
    let chapter = chapters.at(-1)
    if (chapter === undefined || chapter.files.has(name)) {
      chapter = { files: new Map(chapter?.files), programs: [] }
      chapters.push(chapter)
    }
    chapter.files.set(name, programOf(block, showsFrom))
    if (!block.words.includes('no-run')) chapter.programs.push(name)
  }
  return chapters
}

/** The block as a file in which each line has the number it has in the page. */
export function programOf({ text, line }: Block, showsFrom: string): string {
  const lines = text.split('\n').map(assertion)
  const preamble = text.includes('// => ') ? `import { shows } from '${showsFrom}'` : ''
  return `${preamble}${'\n'.repeat(line - 1)}${lines.join('\n')}`
}

/** `value // => text` as `shows(value, 'text')`; `const name = value // => text` shows the name. */
function assertion(line: string): string {
  const match = expectation.exec(line)
  if (match === null) return line
  const [, indent = '', keyword, name, code = '', expected] = match
  const shown = JSON.stringify(expected)
  if (keyword !== undefined) return `${indent}${keyword} ${name}${code}; shows(${name}, ${shown})`
  const value = /^console\.log\((.*)\)$/.exec(code)?.[1] ?? code
  return `${indent};shows(${value}, ${shown})`
}
