/** What the addon exports, by name. `load.ts` types it. */
#include <napi.h>

#include "exports.h"
#include "mapped-file.h"
#include "reactor.h"

namespace millrace {
namespace {

Napi::Object Export(Napi::Env env, Napi::Object exports) {
  exports.Set("MappedFile", MappedFile::Define(env));
  exports.Set("Reactor", Reactor::Define(env));
  exports.Set("allocate", Napi::Function::New<AllocateFile>(env));
  exports.Set("appendBatch", Napi::Function::New<AppendBatch>(env));
  exports.Set("close", Napi::Function::New<CloseFile>(env));
  exports.Set("crc32c", Napi::Function::New<Checksum>(env));
  exports.Set("isResident", Napi::Function::New<IsResident>(env));
  exports.Set("lock", Napi::Function::New<LockFile>(env));
  exports.Set("open", Napi::Function::New<OpenFile>(env));
  exports.Set("read", Napi::Function::New<ReadFile>(env));
  exports.Set("rename", Napi::Function::New<RenameFile>(env));
  exports.Set("size", Napi::Function::New<FileSize>(env));
  exports.Set("sync", Napi::Function::New<SyncFile>(env));
  exports.Set("syncDirectory", Napi::Function::New<SyncDirectory>(env));
  exports.Set("syncNow", Napi::Function::New<SyncFileNow>(env));
  exports.Set("truncate", Napi::Function::New<TruncateFile>(env));
  exports.Set("unlink", Napi::Function::New<UnlinkFile>(env));
  exports.Set("warm", Napi::Function::New<Warm>(env));
  exports.Set("write", Napi::Function::New<WriteFile>(env));
  return exports;
}

}  // namespace

Napi::Object InitAddon(Napi::Env env, Napi::Object exports) { return Export(env, exports); }

NODE_API_MODULE(millrace, InitAddon)

}  // namespace millrace
