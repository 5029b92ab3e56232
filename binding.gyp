{
  "variables": { "sanitize%": 0 },
  "targets": [
    {
      "target_name": "millrace",
      "sources": [
        "native/linux/addon.cc",
        "native/linux/append.cc",
        "native/linux/crc32c.cc",
        "native/linux/deadlines.cc",
        "native/linux/file.cc",
        "native/linux/framing.cc",
        "native/linux/guarded-maps.cc",
        "native/linux/listener.cc",
        "native/linux/mapped-file.cc",
        "native/linux/outbox.cc",
        "native/linux/pool.cc",
        "native/linux/reactor.cc",
        "native/linux/reactor-calls.cc",
        "native/linux/read-trails.cc",
        "native/linux/residency.cc",
        "native/linux/sending.cc",
        "native/linux/slabs.cc",
        "native/linux/transfer/copy.cc",
        "native/linux/transfer/sendfile.cc",
        "native/linux/warmer.cc"
      ],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api"],
      # At the end of a worker thread nothing can be thrown any more: calls just return.
      "defines": ["NAPI_VERSION=8", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-O3"],
      "cflags_cc": ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
      "conditions": [
        ["sanitize==1", {
          "cflags_cc": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-g"],
          "ldflags": ["-fsanitize=address,undefined"]
        }]
      ]
    }
  ]
}
