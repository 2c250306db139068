/* See descriptor.h. */
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

napi_value descriptor_duplicate(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t given = 1;
  int32_t descriptor = -1;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) != napi_ok || given < 1 ||
      napi_get_value_int32(env, arguments[0], &descriptor) != napi_ok) {
    napi_throw_type_error(env, NULL, "the descriptor must be a number");
    return NULL;
  }
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    napi_throw_error(env, NULL, strerror(errno));
    return NULL;
  }
  napi_value result;
  return napi_create_int32(env, copy, &result) == napi_ok ? result : NULL;
}
