/** Every function of the addon, by the file that holds it. `addon.cc` gives them their names. */
#pragma once

#include <napi.h>

namespace millrace {

using Info = const Napi::CallbackInfo&;

// append.cc
Napi::Value AppendBatch(Info);
Napi::Value Checksum(Info);

// file.cc
Napi::Value OpenFile(Info);
Napi::Value CloseFile(Info);
Napi::Value FileSize(Info);
Napi::Value ReadFile(Info);
Napi::Value WriteFile(Info);
Napi::Value TruncateFile(Info);
Napi::Value AllocateFile(Info);
Napi::Value SyncFile(Info);
Napi::Value SyncFileNow(Info);
Napi::Value SyncDirectory(Info);
Napi::Value RenameFile(Info);
Napi::Value UnlinkFile(Info);
Napi::Value LockFile(Info);

// residency.cc
Napi::Value IsResident(Info);
Napi::Value Warm(Info);

}  // namespace millrace
