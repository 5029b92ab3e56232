// Lets a plain node process or worker thread of a test require the sources: `node -r` this file.
const { transformFileSync } = require("@swc/core")

require.extensions[".ts"] = (module, path) => {
  const { code } = transformFileSync(path, {
    jsc: { target: "es2023", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
  })
  module._compile(code, path)
}
