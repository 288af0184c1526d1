/** The page. What a visitor has named goes through `escapeHtml`. */

/** A file of this visitor that is complete. */
export interface ArrivedFile {
  readonly id: string
  readonly filename: string
  /** In bytes. */
  readonly length: number
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export function homePage(files: readonly ArrivedFile[]): string {
  const items = files.map(
    ({ filename, length }) => `<li>${escapeHtml(filename)} <small>${megabytes(length)}</small></li>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Large files</title>
<style>
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
  body { max-width: 34rem; margin: 10vh auto; padding: 0 1rem }
  progress { width: 100%; height: 1.25rem }
  button, input { font: inherit; min-height: 2.75rem }
  output { display: block; min-height: 3rem; overflow-wrap: anywhere }
</style>
<script src="/client.js" type="module"></script>
<h1>Large files</h1>
<form>
<p><label for="file">Choose a file</label><br><input id="file" type="file"></p>
<p><progress max="1" value="0" aria-label="Sent" hidden></progress></p>
<output role="status"></output>
<p><button type="button" hidden data-pause>Pause</button></p>
</form>
<noscript><p>This page needs JavaScript: a plain form begins anew each time.</p></noscript>
<h2>Arrived</h2>
<ul data-arrived>${items.join('')}</ul>
</html>
`
}
