/* Functions of the addon on file descriptors. */
#ifndef MORAINE_DESCRIPTOR_H
#define MORAINE_DESCRIPTOR_H

#include "node-api.h"

/* duplicate(descriptor): another descriptor of the same open file, closed on exec. Throws an Error naming errno. */
napi_value descriptor_duplicate(napi_env env, napi_callback_info info);

#endif
