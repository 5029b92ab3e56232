/** Work for libuv's thread pool, so that what may wait for the disk does not hold up the loop. */
#pragma once

#include <napi.h>

#include <functional>

namespace millrace {

using PoolWork = std::function<int()>;
using PoolDone = std::function<void(napi_env, int)>;

/** Runs `work` in the pool, then `done` with its result on the loop of `env`. Node waits for it
 *  when the environment ends, so neither outlives the loop. */
void RunInPool(napi_env env, PoolWork work, PoolDone done);

/** A `done` that calls a JavaScript function with the result. */
PoolDone CallerOf(Napi::Function callback);

}  // namespace millrace
