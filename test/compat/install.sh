#!/usr/bin/env bash
# Installs the clients and tools of the compatibility tests that `npm ci` leaves out because they
# take minutes or a JVM: librdkafka's Node binding (built from its bundled source) and Apache
# Kafka's jars (into KAFKA_PEER_DIR, default test/compat/kafka/). Safe to run again. CKJS_LINKING:
# with `static` the build would download zlib, zstd and others; with `dynamic` it takes Debian's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
jars=${KAFKA_PEER_DIR:-$here/kafka}/lib

binding=$here/node_modules/@confluentinc/kafka-javascript
if [ ! -f "$binding/build/Release/confluent-kafka-javascript.node" ]; then
  npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund
  include=$(node -p 'require("path").resolve(process.execPath, "../../include/node/node_api.h")')
  [ -f "$include" ] && export npm_config_nodedir=${include%/include/node/node_api.h}
  gyp=$(node -p 'require("path").join(require("path").dirname(require("fs").realpathSync(process.argv[1])), "../node_modules/node-gyp/bin/node-gyp.js")' "$(command -v npm)")
  (cd "$binding" && CKJS_LINKING=dynamic node "$gyp" rebuild >build.log 2>&1) || { tail -40 "$binding/build.log"; exit 1; }
fi

if ! ls "$jars"/kafka-clients-*.jar >/dev/null 2>&1; then
  mvn -B -q -f "$here/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$jars" -DincludeScope=runtime
fi
echo "compat: librdkafka binding and $(ls "$jars" | wc -l) jars are ready"
