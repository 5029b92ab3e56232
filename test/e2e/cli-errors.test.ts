/** What the command line says when it cannot do what it was asked, its help, and its progress. */
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts"
import { runCommand } from "../support/command.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const { version } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
  version: string
}

describe("command line without a broker", () => {
  const commands = ["start", "topics", "produce", "consume", "replay", "inspect"]

  it("--help lists the commands, --version is the package's", async () => {
    const { status, text } = await runCommand(["--help"])
    expect(status).toBe(0)
    for (const command of commands) expect(text).toMatch(new RegExp(`^  ${command}`, "m"))
    expect(await runCommand(["--version"])).toMatchObject({ status: 0, text: `${version}\n` })
  })

  it.each([
    ...commands.map((command) => [command]),
    ...["list", "describe", "create", "delete", "add-partitions"].map((sub) => ["topics", sub]),
  ])("%s %s --help has options, exit statuses and examples", async (...command) => {
    const { status, text, stderr } = await runCommand([...command, "--help"])
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(text).toContain(`Usage: millrace ${command.join(" ")}`)
    expect(text).toMatch(/Exit status:\n {2}0 .*\n {2}1 .*\n {2}2 /)
    expect(text).toMatch(new RegExp(`Examples:\n(.*\n)* {2}millrace ${command[0]}|\\| millrace`))
  })

  const wrong: [string, string[], RegExp][] = [
    ["an unknown command", ["strat"], /unknown command 'strat' \(Did you mean start\?\)/],
    ["an unknown subcommand", ["topics", "lits"], /unknown command 'lits' .*list/],
    ["an unknown option", ["start", "--lisen", "x"], /unknown option '--lisen' .*--listen/],
    ["a missing argument", ["produce"], /missing required argument 'topic'/],
    ["a value that is no choice", ["consume", "t", "--format", "xml"], /choices are lines, json/],
    ["a count that is none", ["consume", "t", "--max", "0"], /--max takes a whole number/],
    ["a place that is none", ["consume", "t", "--from", "yesterday"], /is not a place in a log/],
    ["a header without a value", ["produce", "t", "-H", "x"], /'x' should have the form key=value/],
    ["an address that is none", ["topics", "list", "-b", "host:port"], /--bootstrap: 'host:port'/],
    ["replay to nowhere", ["replay", "t"], /give either --into TOPIC or --to-group GROUP/],
    ["replay into itself", ["replay", "t", "--into", "t"], /--into names the topic itself/],
    ["a group with an end", ["consume", "t", "-g", "g", "--exit"], /--group follows the topics/],
    ["an unknown broker option", ["start", "--set", "log.segment.byte=1"], /log\.segment\.bytes/],
    ["a bad broker option", ["start", "--set", "log.segment.bytes=x"], /log\.segment\.bytes=x/],
    ["no such config file", ["start", "--config", "/no/such"], /cannot read \/no\/such: ENOENT/],
    ["a durability that is none", ["start", "--durability", "fast"], /choices are fsync, os/],
  ]
  it.each(wrong)("%s is one line and status 2", async (_, args, message) => {
    const { status, text, stderr } = await runCommand(args)
    expect({ status, text }).toEqual({ status: 2, text: "" })
    expect(stderr).toMatch(/^millrace: .*\n$/)
    expect(stderr).toMatch(message)
  })

  it.each([
    ["topics", "list"],
    ["produce", "t"],
    ["consume", "t", "--exit"],
    ["consume", "t", "--group", "g"],
    ["replay", "t", "--into", "u"],
  ])("nobody listening is one line and status 1: %s %s", async (...args) => {
    const { status, text, stderr } = await runCommand([...args, "-b", "127.0.0.1:9"], {
      input: "record\n",
    })
    expect({ status, text }).toEqual({ status: 1, text: "" })
    expect(stderr).toMatch(/^millrace: .*127\.0\.0\.1:9: ECONNREFUSED.*\n$/)
  })
})

describe("start that fails", () => {
  const directory = temporaryDirectory()
  let broker: BrokerProcess

  beforeAll(async () => {
    broker = await startBrokerProcess({ dataDir: join(directory, "data") })
  })
  afterAll(async () => {
    expect(await broker.stop()).toBe(0)
  })

  const start = async (args: string[]) => {
    const { status, text, stderr } = await runCommand(["start", ...args])
    expect(text).toBe("")
    expect(stderr).toMatch(/^millrace: .*\n$/)
    return { status, stderr }
  }
  const fresh = ["--data-dir", join(directory, "other")]

  it("the port is taken", async () => {
    const { status, stderr } = await start(["--listen", broker.bootstrap, ...fresh])
    expect(status).toBe(1)
    expect(stderr).toContain(`cannot listen on ${broker.bootstrap}: the port is taken`)
  })

  it("the port is taken by something that is no broker", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as { port: number }
    const { status, stderr } = await start(["--listen", `127.0.0.1:${port}`, ...fresh])
    server.close()
    expect(status).toBe(1)
    expect(stderr).toContain("the port is taken")
  })

  it("another broker has the data directory", async () => {
    const data = join(directory, "data")
    const { status, stderr } = await start(["--listen", "127.0.0.1:0", "--data-dir", data])
    expect(status).toBe(1)
    expect(stderr).toContain(`${data} is used by another broker`)
  })

  it("the data directory cannot be made", async () => {
    const data = join(directory, "file")
    writeFileSync(data, "")
    const { status, stderr } = await start(["--listen", "127.0.0.1:0", "--data-dir", data])
    expect(status).toBe(1)
    expect(stderr).toContain(`${data}: a file has that name`)
  })

  it("a config file is wrong: file, line and nearest name are said", async () => {
    const path = join(directory, "broker.properties")
    writeFileSync(path, "# comment\nnum.partitions=1\nlog.retention.mss=5\n")
    const { status, stderr } = await start(["--config", path])
    expect(status).toBe(2)
    expect(stderr).toContain(`${path} line 3: there is no option log.retention.mss`)
    expect(stderr).toContain("the nearest is log.retention.ms")
  })

  it("a JSON config file is not JSON: file and line are said", async () => {
    const path = join(directory, "broker.json")
    writeFileSync(path, '{\n  "num.partitions": 1,\n  "os" "linux"\n}\n')
    const { status, stderr } = await start(["--config", path])
    expect(status).toBe(2)
    expect(stderr).toContain(`${path} line 3: `)
  })
})

const hasScript = spawnSync("script", ["--version"]).status === 0

/** The terminal of `script` is what a person would see. */
;(hasScript ? describe : describe.skip)("progress (needs script of util-linux)", () => {
  const directory = temporaryDirectory()
  const millrace = join(__dirname, "../../bin/millrace")
  let broker: BrokerProcess

  beforeAll(async () => {
    broker = await startBrokerProcess({ dataDir: join(directory, "data"), durability: "os" })
    mkdirSync(join(directory, "work"))
    const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`)
    writeFileSync(join(directory, "work/lines"), lines.join(""))
  })
  afterAll(async () => {
    expect(await broker.stop()).toBe(0)
  })

  const onTerminal = (command: string) => {
    const result = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: join(directory, "work"),
      env: { ...process.env, MILLRACE_BOOTSTRAP: broker.bootstrap, TERM: "xterm" },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    })
    return { status: result.status, text: result.stdout }
  }

  it("a bar with rate and time left on a terminal", () => {
    const sent = onTerminal(`${process.execPath} ${millrace} produce bar --file lines`)
    expect(sent.status).toBe(0)
    expect(sent.text).toMatch(/produce .*100% .* left/)
    expect(sent.text).toContain("200,000 records sent to bar")
    const read = onTerminal(`${process.execPath} ${millrace} consume bar --exit > out`)
    expect(read.text).toMatch(/consume .*100% 200000\/200000 records \| [\d,]+\/s/)
    expect(readFileSync(join(directory, "work/out"), "utf8")).toBe(
      readFileSync(join(directory, "work/lines"), "utf8"),
    )
  })

  it("none in a pipe", async () => {
    const { status, stderr } = await runCommand(
      ["produce", "quiet", "--file", join(directory, "work/lines")],
      { bootstrap: broker.bootstrap },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: "200,000 records sent to quiet\n" })
  })
})
