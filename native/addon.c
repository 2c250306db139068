/*
 * The Node-API side of digest.h. The addon keeps nothing: the state of a digest is bytes that JavaScript owns, so
 * it may be loaded by any number of threads, and nothing is left when one ends.
 *
 *   version           number of this interface; the loader refuses another
 *   kernel            what hashes, or "" when the processor has no instructions for it
 *   stateBytes        length of a state
 *   begin(state)
 *   update(state, bytes, leaves)   leaves: room for the digest of each leaf that ends within `bytes`
 *   end(state, digests)            digests: 64 bytes, linear then leaf; the leaf is all zeros when none was open
 *   duplicate(descriptor)          see descriptor.h; needs no kernel
 *
 * The others throw a TypeError for what is no Uint8Array and a RangeError for one of the wrong length.
 */
#include "descriptor.h"
#include "digest.h"
#include "node-api.h"

#include <string.h>

#define INTERFACE_VERSION 2
#define ARGUMENTS_MAX 3

typedef struct {
  uint8_t* data;
  size_t length;
} bytes;

/*
 * False, with an exception pending, unless the arguments are `count` byte arrays. `kernel` is what the function was
 * made with.
 */
static bool get_arguments(napi_env env, napi_callback_info info, size_t count, bytes* arguments,
                          const digest_kernel** kernel) {
  napi_value values[ARGUMENTS_MAX];
  size_t given = ARGUMENTS_MAX;
  void* data = NULL;
  if (napi_get_cb_info(env, info, &given, values, NULL, &data) != napi_ok || given < count) {
    napi_throw_type_error(env, NULL, "too few arguments");
    return false;
  }
  for (size_t index = 0; index < count; index += 1) {
    napi_typedarray_type type = napi_int8_array;
    void* start = NULL;
    bool is_typed_array = false;
    if (napi_is_typedarray(env, values[index], &is_typed_array) != napi_ok || !is_typed_array ||
        napi_get_typedarray_info(env, values[index], &type, &arguments[index].length, &start, NULL,
                                 NULL) != napi_ok ||
        type != napi_uint8_array) {
      napi_throw_type_error(env, NULL, "every argument must be a Uint8Array");
      return false;
    }
    arguments[index].data = start;
  }
  *kernel = data;
  if (data == NULL) {
    napi_throw_type_error(env, NULL, "this processor has no SHA-256 instructions");
  }
  return data != NULL;
}

/* A state may lie at any address, so it is copied; false, with an exception pending, for another length. */
static bool load_state(napi_env env, bytes from, digest_state* state) {
  if (from.length != sizeof *state) {
    napi_throw_range_error(env, NULL, "the state must be stateBytes long");
    return false;
  }
  memcpy(state, from.data, sizeof *state);
  return true;
}

static napi_value begin(napi_env env, napi_callback_info info) {
  bytes arguments[1];
  digest_state state;
  const digest_kernel* kernel;
  if (get_arguments(env, info, 1, arguments, &kernel) && load_state(env, arguments[0], &state)) {
    digest_begin(&state);
    memcpy(arguments[0].data, &state, sizeof state);
  }
  return NULL;
}

static napi_value update(napi_env env, napi_callback_info info) {
  bytes arguments[3];
  digest_state state;
  const digest_kernel* kernel;
  if (!get_arguments(env, info, 3, arguments, &kernel) ||
      !load_state(env, arguments[0], &state)) {
    return NULL;
  }
  if (arguments[2].length / DIGEST_BYTES < digest_count_ending(&state, arguments[1].length)) {
    napi_throw_range_error(env, NULL, "leaves must have room for every leaf that ends");
    return NULL;
  }
  digest_update(kernel, &state, arguments[1].data, arguments[1].length, arguments[2].data);
  memcpy(arguments[0].data, &state, sizeof state);
  return NULL;
}

static napi_value end(napi_env env, napi_callback_info info) {
  bytes arguments[2];
  digest_state state;
  const digest_kernel* kernel;
  if (!get_arguments(env, info, 2, arguments, &kernel) ||
      !load_state(env, arguments[0], &state)) {
    return NULL;
  }
  if (arguments[1].length != 2 * DIGEST_BYTES) {
    napi_throw_range_error(env, NULL, "digests must be 64 bytes long");
    return NULL;
  }
  uint8_t digests[2 * DIGEST_BYTES] = {0};
  digest_end(kernel, &state, digests, digests + DIGEST_BYTES);
  memcpy(arguments[1].data, digests, sizeof digests);
  return NULL;
}

static bool export_function(napi_env env, napi_value exports, const char* name,
                            napi_callback callback, const digest_kernel* kernel) {
  napi_value function;
  /* Looking for the kernel at each call would be dear: virtual machines intercept the instruction. */
  void* data = (void*)kernel;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

static bool export_number(napi_env env, napi_value exports, const char* name, uint32_t number) {
  napi_value value;
  return napi_create_uint32(env, number, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

static bool export_text(napi_env env, napi_value exports, const char* name, const char* text) {
  napi_value value;
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

/* Node.js calls this once per thread that loads the addon. */
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                          napi_value exports) {
  const digest_kernel* kernel = digest_find_kernel();
  bool is_complete = export_number(env, exports, "version", INTERFACE_VERSION) &&
                     export_text(env, exports, "kernel", kernel == NULL ? "" : kernel->name) &&
                     export_number(env, exports, "stateBytes", sizeof(digest_state)) &&
                     export_function(env, exports, "begin", begin, kernel) &&
                     export_function(env, exports, "update", update, kernel) &&
                     export_function(env, exports, "end", end, kernel) &&
                     export_function(env, exports, "duplicate", descriptor_duplicate, NULL);
  /* What is missing is found by the loader, which then does without the addon. */
  return is_complete ? exports : NULL;
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void) {
  return 8;
}
