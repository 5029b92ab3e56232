/**
 * The rules of the layout that a machine can check: sizes, headers, who imports whom, who may touch
 * the outside world. The lists of exceptions may only shrink.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { parseSync } from "@swc/core"

const root = join(__dirname, "..")
const folders = ["native", "protocol", "storage", "broker", "clients", "cli", "bench", "test"]

const FILE_LINES = 400
const FUNCTION_LINES = 60
const LINE_COLUMNS = 100
const PARAMETERS = 4
const CONSTRUCTOR_PARAMETERS = 7

/** Files over FILE_LINES that are not tables of data. May only shrink. */
const longFiles = new Set<string>([])
/** Tables of data are exempt from the limit on lines. */
const isTable = (path: string) => /^protocol\/(messages\/|errors\.ts|apis\.ts)/.test(path)

interface Source {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  /** Imports of our own files, as paths from the root. */
  readonly imports: readonly string[]
  /** Those of them that are there when the program runs: not `import type`. */
  readonly valueImports: readonly string[]
  /** Imports of packages and built-ins. */
  readonly packages: readonly string[]
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && entry.name !== "node_modules") yield* filesBelow(path)
    else if (/\.(ts|cc|h)$/.test(entry.name)) yield path
  }
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), "utf8")
  const imports: string[] = []
  const valueImports: string[] = []
  const packages: string[] = []
  const statement = new RegExp(
    "(?:^(import|export)\\s+(type\\s+)?[^\"';]*?from\\s*|\\bimport\\(|^import\\s*)" + '"([^"]+)"',
    "gm",
  )
  for (const [, , typeOnly, target] of text.matchAll(statement)) {
    if (!target!.startsWith(".")) {
      packages.push(target!)
      continue
    }
    const file = normalize(join(dirname(path), target!))
    imports.push(file)
    if (!typeOnly) valueImports.push(file)
  }
  return { path, text, lines: text.split("\n"), imports, valueImports, packages }
}

const sources = folders.flatMap((folder) => [...filesBelow(folder)].map(readSource))
const scripts = sources.filter((source) => source.path.endsWith(".ts"))
const product = scripts.filter((source) => !/^(test|bench)\//.test(source.path))
const folderOf = (path: string) => path.split("/")[0]!

describe("sizes", () => {
  it("no file is longer than the limit, tables of data aside", () => {
    const long = sources.filter(
      ({ path, lines }) => lines.length - 1 > FILE_LINES && !isTable(path) && !longFiles.has(path),
    )
    expect(long.map(({ path, lines }) => `${path}: ${lines.length - 1} lines`)).toEqual([])
  })

  it("the list of long files holds no file that has become short", () => {
    const short = [...longFiles].filter(
      (path) => (sources.find((source) => source.path === path)?.lines.length ?? 0) <= FILE_LINES,
    )
    expect(short).toEqual([])
  })

  it("no line is longer than the limit", () => {
    const long = sources.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        line.length > LINE_COLUMNS && !/https?:|^import |^export .* from /.test(line)
          ? [`${path}:${index + 1}: ${line.length} columns`]
          : [],
      ),
    )
    expect(long).toEqual([])
  })

  it("no function is longer than the limit or takes too many parameters", () => {
    expect(product.flatMap(oversizedFunctions)).toEqual([])
  })
})

interface Node {
  type: string
  span?: { start: number; end: number }
  params?: unknown[]
  [key: string]: unknown
}

/** Functions of a file that break a limit, as "path:line: what". */
function oversizedFunctions({ path, text }: Source): string[] {
  const prefix = "0;" // makes the first position of the tree the first byte of the file
  const bytes = Buffer.from(prefix + text)
  const tree = parseSync(prefix + text, { syntax: "typescript", target: "es2022" })
  const lineAt = (position: number) => {
    let line = 1
    for (let at = 0; at < position - tree.span.start; at++) if (bytes[at] === 10) line++
    return line
  }
  const found: string[] = []
  const visit = (node: Node) => {
    if (
      /^(Function|ArrowFunction|ClassMethod|Constructor|PrivateMethod|MethodProp)/.test(node.type)
    ) {
      const inner = (node.function as Node | undefined) ?? node
      const span = (node.span ?? inner.span)!
      const from = lineAt(span.start)
      const length = lineAt(span.end) - from + 1
      if (length > FUNCTION_LINES) found.push(`${path}:${from}: function of ${length} lines`)
      const count = inner.params?.length ?? 0
      const most = node.type === "Constructor" ? CONSTRUCTOR_PARAMETERS : PARAMETERS
      if (count > most && !isPositionalCall(path))
        found.push(`${path}:${from}: ${count} parameters`)
    }
    for (const value of Object.values(node)) visitValue(value)
  }
  const visitValue = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) visitValue(item)
    else if (value !== null && typeof value === "object") visit(value as Node)
  }
  visit(tree as unknown as Node)
  return found
}

/** The houses implement system calls, whose positional parameters are those of the man pages. */
const isPositionalCall = (path: string) => path.startsWith("native/")

describe("headers", () => {
  it("every file says in its first comment what it is for", () => {
    const bare = sources.filter(({ text }) => !/^(\/\*\*?|\/\/)/.test(text))
    expect(bare.map(({ path }) => path)).toEqual([])
  })

  it("no file or folder has a name that says nothing", () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|stuff|lib)(\.ts|\.cc|\/)/
    expect(sources.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([])
  })
})

describe("who may import whom", () => {
  const allowed: Record<string, (target: string) => boolean> = {
    native: () => false,
    protocol: () => false,
    storage: (target) => /^(native\/|protocol\/records\/)/.test(target),
    broker: (target) => /^(native|protocol|storage)\//.test(target),
    clients: (target) => /^protocol\//.test(target),
    cli: (target) => !/^(console|bench|test)\//.test(target),
    bench: () => true,
    test: () => true,
  }

  it("arrows point one way", () => {
    const wrong = scripts.flatMap(({ path, imports }) =>
      imports
        .filter((to) => folderOf(to) !== folderOf(path) && !allowed[folderOf(path)]!(to))
        .map((to) => `${path} -> ${to}`),
    )
    expect(wrong).toEqual([])
  })

  it("inside the broker, nothing below imports what stands above it", () => {
    const order = ["storage", "topics", "groups", "transactions", "apis", "router", "server"]
    const levelOf = (path: string) =>
      order.indexOf(
        path
          .replace(/^broker\//, "")
          .split("/")[0]!
          .replace(/\.ts$/, ""),
      )
    const wrong = product
      .filter(({ path }) => path.startsWith("broker/") && levelOf(path) > 0)
      .flatMap(({ path, imports }) =>
        imports.filter((to) => levelOf(to) > levelOf(path)).map((to) => `${path} -> ${to}`),
      )
    expect(wrong).toEqual([])
  })

  it("there are no import cycles", () => {
    expect(findCycles(new Map(product.map((file) => [file.path, file.valueImports])))).toEqual([])
  })
})

/** Cycles of a graph, each as the list of files from the first back to itself. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, "open" | "done">()
  const trail: string[] = []
  const cycles: string[] = []
  const visit = (path: string) => {
    if (state.get(path) === "done" || !graph.has(path)) return
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "))
      return
    }
    state.set(path, "open")
    trail.push(path)
    for (const next of graph.get(path)!) visit(next)
    trail.pop()
    state.set(path, "done")
  }
  for (const path of graph.keys()) visit(path)
  return cycles
}

describe("the outside world", () => {
  /** Where I/O and the process clock are at home. */
  const isOutside = (path: string) =>
    /^(native|cli|clients\/net)\/|^broker\/(main|status)\.ts$|^index\.ts$/.test(path)
  const ioModules = /^node:(fs|net|http|https|tls|dgram|child_process|dns|worker_threads|readline)/
  const clockCalls = new RegExp(
    "\\b(Date\\.now|new Date\\(\\)|setTimeout|setInterval|setImmediate|Math\\.random|" +
      "performance\\.now|hrtime)\\b",
  )

  it("only the parts at the border import a built-in that does I/O", () => {
    const wrong = product.flatMap(({ path, packages }) =>
      isOutside(path)
        ? []
        : packages.filter((name) => ioModules.test(name)).map((name) => `${path} -> ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it("only the parts at the border read a clock, set a timer or draw a random number", () => {
    const isComment = (line: string) => /^\s*(\*|\/\/|\/\*)/.test(line)
    const wrong = product
      .filter(({ path }) => !isOutside(path))
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, index) =>
          clockCalls.test(line) && !isComment(line) ? [`${path}:${index + 1}`] : [],
        ),
      )
    expect(wrong).toEqual([])
  })

  it("the protocol imports no built-in but zlib, and codecs only their packages", () => {
    const permitted =
      /^(node:(zlib|assert.*|buffer|module)|snappy|lz4-napi|@toondepauw\/node-zstd)$/
    const wrong = product
      .filter(({ path }) => path.startsWith("protocol/"))
      .flatMap(({ path, packages }) =>
        packages.filter((name) => !permitted.test(name)).map((name) => `${path} -> ${name}`),
      )
    expect(wrong).toEqual([])
  })
})
