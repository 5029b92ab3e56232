/**
 * Builds the addon: `npm install` runs this. Without Linux, a compiler or the headers it says in
 * one line that the portable house will be used, and succeeds: the package works either way.
 *
 *   node native/linux/build.mjs              build/Release/millrace.node; MILLRACE_BUILD_LOG=1
 *                                            prints the output of a build that failed
 *   node native/linux/build.mjs --sanitize   build/sanitize/..., with ASan and UBSan; fails loudly
 *
 * 1. What an earlier build left is removed first: a failed build must not leave a stale addon.
 * 2. Headers beside the running node are used where they are, so nothing is downloaded.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const isSanitized = process.argv.includes("--sanitize")
const builtPath = join(root, "build", isSanitized ? "Debug" : "Release", "millrace.node")
/** A directory as node-gyp-build looks for one: see MILLRACE_PREBUILD in load.ts. */
const sanitizedPath = join(root, "build", "sanitize", "build", "Release", "millrace.node")

/** node-gyp's script: named by npm, or the one that npm brings along, or one on the path. */
function findNodeGyp() {
  const prefix = dirname(dirname(process.execPath))
  const candidates = [
    process.env.npm_config_node_gyp,
    join(prefix, "lib", "node_modules", "npm", "node_modules", "node-gyp", "bin", "node-gyp.js"),
    ...(process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, "node-gyp")),
  ]
  return candidates.find((path) => path && existsSync(path))
}

/** A binary that came with the package and loads here. */
function hasPrebuilt() {
  if (!existsSync(join(root, "prebuilds"))) return false
  const script = `require("node-gyp-build")(${JSON.stringify(root)})`
  const env = { ...process.env, PREBUILDS_ONLY: "1" }
  return spawnSync(process.execPath, ["-e", script], { cwd: root, env }).status === 0
}

/** The line of a build's output that says most. */
function reasonIn(output) {
  const lines = output.split("\n").map((line) => line.replace(/^(gyp|npm)?\s*ERR!\s*/i, "").trim())
  const telling = [/\berror:/, /not found|No such file|Could not find/i, /\*\*\* \[/, /failed/i]
  for (const pattern of telling) {
    const line = lines.find((each) => pattern.test(each))
    if (line) return line.length > 160 ? `${line.slice(0, 157)}...` : line
  }
  return "the build failed"
}

/** Why nothing can be compiled; undefined when the compiler answers. */
function compilerMissing() {
  const compiler = process.env.CXX || "g++"
  if (spawnSync(compiler, ["--version"], { shell: true }).status === 0) return undefined
  return `no C++ compiler: ${compiler} does not run`
}

/** Undefined when built, else why not. */
function build() {
  if (process.platform !== "linux") return `it is for Linux, this is ${process.platform}`
  const missing = compilerMissing()
  if (missing) return missing
  const nodeGyp = findNodeGyp()
  if (!nodeGyp) return "node-gyp was not found"
  const prefix = dirname(dirname(process.execPath))
  const hasHeaders = existsSync(join(prefix, "include", "node", "node_api.h"))
  const args = ["configure", "build", "--jobs=max", ...(hasHeaders ? [`--nodedir=${prefix}`] : [])]
  if (isSanitized) args.push("--debug")
  const env = isSanitized ? { ...process.env, GYP_DEFINES: "sanitize=1" } : process.env
  const command = [nodeGyp, ...args]
  const result = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8", env })
  if (result.status === 0 && existsSync(builtPath)) return undefined
  const output = `${result.stdout ?? ""}\n${result.stderr ?? ""}`
  if (isSanitized || process.env.MILLRACE_BUILD_LOG) process.stderr.write(output)
  return result.error?.message ?? reasonIn(output)
}

rmSync(builtPath, { force: true })
const reason = !isSanitized && hasPrebuilt() ? undefined : build()
if (reason) {
  console.log(`millrace: native addon not built (${reason}); the portable house will be used`)
  if (isSanitized) process.exitCode = 1
} else if (isSanitized) {
  mkdirSync(dirname(sanitizedPath), { recursive: true })
  cpSync(builtPath, sanitizedPath)
  rmSync(builtPath)
}
