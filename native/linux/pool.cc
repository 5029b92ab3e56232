/** Napi async work rather than uv_queue_work: node counts it, so a worker thread that is terminated
 *  waits for it instead of aborting on a loop that is still busy. */
#include "pool.h"

#include <memory>
#include <utility>

namespace millrace {
namespace {

struct Job {
  PoolWork work;
  PoolDone done;
  napi_async_work handle = nullptr;
  int result = 0;
};

void Execute(napi_env, void* data) {
  Job* const job = static_cast<Job*>(data);
  job->result = job->work();
}

void Complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  napi_delete_async_work(env, job->handle);
  job->done(env, status == napi_ok ? job->result : -ECANCELED);
}

}  // namespace

void RunInPool(napi_env env, PoolWork work, PoolDone done) {
  Job* const job = new Job{std::move(work), std::move(done)};
  napi_value name = nullptr;
  napi_create_string_utf8(env, "millrace", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, job, &job->handle);
  napi_queue_async_work(env, job->handle);
}

PoolDone CallerOf(Napi::Function callback) {
  napi_env env = callback.Env();
  napi_ref reference = nullptr;
  napi_create_reference(env, callback, 1, &reference);
  return [reference](napi_env env, int result) {
    napi_value function = nullptr;
    napi_value receiver = nullptr;
    napi_value argument = nullptr;
    napi_get_reference_value(env, reference, &function);
    napi_delete_reference(env, reference);
    napi_get_global(env, &receiver);
    napi_create_int32(env, result, &argument);
    // Fails when the environment is ending: then nobody is left to be told. What the function
    // throws stays pending, and node reports it as uncaught.
    napi_call_function(env, receiver, function, 1, &argument, nullptr);
  };
}

}  // namespace millrace
