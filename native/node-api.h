/*
 * The few declarations of Node-API that the addon needs, so that it compiles without the headers of
 * Node.js. They are those of `js_native_api.h`, `js_native_api_types.h` and `node_api.h` of Node.js
 * (MIT licence, https://github.com/nodejs/node/tree/main/src), whose binary interface is stable across versions:
 * https://nodejs.org/api/n-api.html. Nothing newer than Node-API version 6 is used.
 */
#ifndef MORAINE_NODE_API_H
#define MORAINE_NODE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__* napi_env;
typedef struct napi_value__* napi_value;
typedef struct napi_callback_info__* napi_callback_info;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

typedef enum { napi_ok = 0 } napi_status;

/* The kinds of typed arrays, of which bytes are the second. */
typedef enum { napi_int8_array = 0, napi_uint8_array = 1 } napi_typedarray_type;

/* The kinds of values, of which functions are the eighth. */
typedef enum { napi_undefined = 0, napi_function = 7 } napi_valuetype;

typedef struct napi_threadsafe_function__* napi_threadsafe_function;
typedef enum { napi_tsfn_release = 0, napi_tsfn_abort = 1 } napi_threadsafe_function_release_mode;
typedef enum { napi_tsfn_nonblocking = 0, napi_tsfn_blocking = 1 } napi_threadsafe_function_call_mode;
typedef void (*napi_finalize)(napi_env env, void* data, void* hint);
typedef void (*napi_threadsafe_function_call_js)(napi_env env, napi_value callback, void* context,
                                                 void* data);

#define NAPI_AUTO_LENGTH SIZE_MAX

napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* argc, napi_value* argv,
                             napi_value* this_arg, void** data);
napi_status napi_get_undefined(napi_env env, napi_value* result);
napi_status napi_is_typedarray(napi_env env, napi_value value, bool* result);
napi_status napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type* type,
                                     size_t* length, void** data, napi_value* arraybuffer,
                                     size_t* byte_offset);
napi_status napi_create_function(napi_env env, const char* name, size_t length, napi_callback cb,
                                 void* data, napi_value* result);
napi_status napi_create_uint32(napi_env env, uint32_t value, napi_value* result);
napi_status napi_create_int32(napi_env env, int32_t value, napi_value* result);
napi_status napi_get_value_int32(napi_env env, napi_value value, int32_t* result);
napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length,
                                    napi_value* result);
napi_status napi_set_named_property(napi_env env, napi_value object, const char* name,
                                    napi_value value);
napi_status napi_throw_error(napi_env env, const char* code, const char* message);
napi_status napi_throw_type_error(napi_env env, const char* code, const char* message);
napi_status napi_throw_range_error(napi_env env, const char* code, const char* message);
napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* result);
napi_status napi_create_double(napi_env env, double value, napi_value* result);
napi_status napi_get_value_int64(napi_env env, napi_value value, int64_t* result);
napi_status napi_call_function(napi_env env, napi_value receiver, napi_value function, size_t argc,
                               const napi_value* argv, napi_value* result);
napi_status napi_add_env_cleanup_hook(napi_env env, void (*hook)(void* data), void* data);
napi_status napi_set_instance_data(napi_env env, void* data, napi_finalize finalize, void* hint);
napi_status napi_get_instance_data(napi_env env, void** data);
napi_status napi_create_threadsafe_function(napi_env env, napi_value function, napi_value resource,
                                            napi_value resource_name, size_t queue_size_max,
                                            size_t thread_count, void* finalize_data,
                                            napi_finalize finalize, void* context,
                                            napi_threadsafe_function_call_js call_js,
                                            napi_threadsafe_function* result);
napi_status napi_call_threadsafe_function(napi_threadsafe_function function, void* data,
                                          napi_threadsafe_function_call_mode mode);
napi_status napi_release_threadsafe_function(napi_threadsafe_function function,
                                             napi_threadsafe_function_release_mode mode);
napi_status napi_unref_threadsafe_function(napi_env env, napi_threadsafe_function function);

#endif
