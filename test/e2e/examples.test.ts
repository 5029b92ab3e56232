/** The programs in examples/ run and print what they should. */
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const directory = join(__dirname, "../../examples")

const printed: Readonly<Record<string, readonly RegExp[]>> = {
  "embed.mjs": [
    /^broker on 127\.0\.0\.1:\d+, os \w+\nstored at offsets 0, 1, 2, 3\n/,
    /\n0: espresso for table 0\n(.+\n){2}3: tea for table 3\n$/,
  ],
  "kafkajs.test.mjs": [/# pass 1\n# fail 0\n/],
  "replay.mjs": [
    /are the offsets 20 to 29\n10 records replayed into sensors-again\n/,
    /the first of them: 20 degrees at 2026-01-31T12:20:00\.000Z\n$/,
  ],
}

describe("examples", () => {
  it("each of them is run here", () => {
    expect(readdirSync(directory).sort()).toEqual(Object.keys(printed).sort())
  })

  it.each(Object.keys(printed))("%s", async (name) => {
    const args = name.endsWith(".test.mjs") ? ["--test", "--test-reporter=tap"] : []
    // Unset, since node --test below jest would take itself for a child of another one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const path = join(directory, name)
    const { stdout, stderr } = await run(process.execPath, [...args, path], { env })
    for (const expected of printed[name]!) expect(stdout).toMatch(expected)
    expect(stderr).toBe("")
  })
})
