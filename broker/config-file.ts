/**
 * Settings out of the text of a config file: Java's .properties syntax, or a JSON object when the
 * text starts with a brace. Also `key=value` pairs of a command line. Reading the file is the
 * caller's business.
 */
import type { Setting } from "./config.ts"

/** Largest config file that is looked at. */
export const MAX_CONFIG_FILE_BYTES = 1024 * 1024

/** Settings, or what is wrong with the text. */
export type SettingsResult =
  | { readonly ok: true; readonly settings: Setting[] }
  | { readonly ok: false; readonly errors: string[] }

/** Settings of a file; `path` is for messages only. */
export function parseConfigFile(text: string, path: string): SettingsResult {
  if (text.length > MAX_CONFIG_FILE_BYTES)
    return { ok: false, errors: [`${path}: larger than ${MAX_CONFIG_FILE_BYTES} bytes`] }
  const content = text.replace(/^\uFEFF/, "")
  return content.trimStart().startsWith("{")
    ? parseJson(content, path)
    : { ok: true, settings: parseProperties(content, path) }
}

/** The setting in a `key=value` of a command line. */
export function parsePair(pair: string, place: string): SettingsResult {
  const at = pair.indexOf("=")
  if (at < 1) return { ok: false, errors: [`${place} ${pair}: not of the form key=value`] }
  const setting = { key: pair.slice(0, at).trim(), value: pair.slice(at + 1), place }
  return { ok: true, settings: [setting] }
}

function parseJson(text: string, path: string): SettingsResult {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const position = /at position (\d+)/.exec(reason)?.[1]
    const line = text.slice(0, Number(position)).split("\n").length
    const place = position === undefined ? path : `${path} line ${line}`
    return { ok: false, errors: [`${place}: ${reason}`] }
  }
  const lines = text.split("\n")
  const settings = Object.entries(parsed as object).map(([key, value]) => {
    const line = lines.findIndex((candidate) => candidate.includes(`${JSON.stringify(key)}`))
    return { key, value: value as unknown, place: `${path} line ${line + 1}` }
  })
  return { ok: true, settings }
}

/** Java's rules: # and ! start comments, \ continues a line, = : or white space end the key. */
function parseProperties(text: string, path: string): Setting[] {
  const settings: Setting[] = []
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const place = `${path} line ${index + 1}`
    let line = lines[index]!.trimStart()
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue
    while (/(^|[^\\])(\\\\)*\\$/.test(line))
      line = line.slice(0, -1) + (lines[++index] ?? "").trimStart()
    const match = /^((?:\\.|[^\\\s=:])*)\s*[=:]?\s*(.*)$/s.exec(line)!
    settings.push({ key: unescapeText(match[1]!), value: unescapeText(match[2]!.trimEnd()), place })
  }
  return settings
}

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" }

function unescapeText(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, code: string, char: string) =>
    code === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
