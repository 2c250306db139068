/*
 * Sends ranges of files over sockets without the bytes passing through the process: sendfile(2), called by a few
 * threads that wait for sockets which can take more. No slow reader holds a thread, and no slow disk the event loop.
 * Linux only; elsewhere it does not compile, and the loader does without.
 *
 *   version                number of this interface; the loader refuses another
 *   open(ended)            starts the threads; called once, before the rest
 *   send(socket, file, start, length)   the id of a sending, for which ended(id, sentBytes, error) is called once:
 *                          error is 0 when all was sent, else an errno, ENODATA for a file that ended too early.
 *                          `file` must stay open until then; `socket` need not, it is duplicated. It must not block.
 *   sentBytes(id)          how many bytes the socket has taken so far
 *   cancel(id)             ends a sending soon, and its connection with it
 *
 * Ids are free again once `ended` was called with them. The table of sendings, and closing their sockets, belong to the
 * thread of JavaScript alone, so that no descriptor is used after it may have become another's.
 */
#include "node-api.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERFACE_VERSION 1
#define THREADS 2
#define STACK_BYTES (128 * 1024)
/* After so many bytes another connection has its turn. */
#define SLICE_BYTES (4 * 1024 * 1024)
#define ARGUMENTS_MAX 4
/* The largest integer that JavaScript counts exactly. */
#define POSITION_MAX ((int64_t)1 << 53)

typedef struct {
  uint32_t id;
  int socket;
  int file;
  off_t offset;
  off_t end;
  int error;
  _Atomic int64_t sent;
  atomic_bool is_cancelled;
} sending;

typedef struct {
  int poll;
  int stop;
  pthread_t threads[THREADS];
  size_t thread_count;
  napi_threadsafe_function ended;
  /* By id; NULL where an id is free. */
  sending** table;
  size_t table_length;
} sender;

/* ---- on the sending threads ---- */

/* 0 when all was sent, EAGAIN when there is more to send later, else what went wrong. */
static int send_slice(sending* it) {
  off_t slice_end = it->end - it->offset > SLICE_BYTES ? it->offset + SLICE_BYTES : it->end;
  while (it->offset < slice_end) {
    if (atomic_load(&it->is_cancelled)) {
      return ECANCELED;
    }
    ssize_t count =
        sendfile(it->socket, it->file, &it->offset, (size_t)(slice_end - it->offset));
    if (count == 0) {
      return ENODATA;
    }
    if (count > 0) {
      atomic_fetch_add(&it->sent, count);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return it->offset < it->end ? EAGAIN : 0;
}

static int arm(const sender* all, sending* it, int operation) {
  struct epoll_event event = {.events = EPOLLOUT | EPOLLONESHOT, .data.ptr = it};
  return epoll_ctl(all->poll, operation, it->socket, &event) == 0 ? 0 : errno;
}

static void proceed(const sender* all, sending* it) {
  int error = send_slice(it);
  if (error == EAGAIN) {
    error = arm(all, it, EPOLL_CTL_MOD);
    if (error == 0) {
      /* Another thread may have it already. */
      return;
    }
  }
  it->error = error;
  /* Closing does not do it: the connection is still open under its first descriptor. */
  epoll_ctl(all->poll, EPOLL_CTL_DEL, it->socket, NULL);
  napi_call_threadsafe_function(all->ended, it, napi_tsfn_nonblocking);
}

static void* run(void* data) {
  const sender* all = data;
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(all->poll, &event, 1, -1) != 1) {
      /* A signal of a debugger. */
      continue;
    }
    if (event.data.ptr == NULL) {
      return NULL;
    }
    proceed(all, event.data.ptr);
  }
}

/* ---- on the thread of JavaScript ---- */

static void forget(sender* all, sending* it) {
  all->table[it->id] = NULL;
  close(it->socket);
  free(it);
}

/* Without an environment the process is ending, and `stop_all` has freed what there was. */
static void tell_ended(napi_env env, napi_value callback, void* context, void* data) {
  sending* it = data;
  if (env == NULL) {
    return;
  }
  napi_value receiver;
  napi_value arguments[3];
  bool is_ready = napi_get_undefined(env, &receiver) == napi_ok &&
                  napi_create_uint32(env, it->id, &arguments[0]) == napi_ok &&
                  napi_create_double(env, (double)atomic_load(&it->sent), &arguments[1]) ==
                      napi_ok &&
                  napi_create_uint32(env, (uint32_t)it->error, &arguments[2]) == napi_ok;
  forget(context, it);
  if (is_ready) {
    napi_call_function(env, receiver, callback, 3, arguments, NULL);
  }
}

static void stop_all(void* data) {
  sender* all = data;
  uint64_t one = 1;
  if (all->stop >= 0 && write(all->stop, &one, sizeof one) == sizeof one) {
    for (size_t index = 0; index < all->thread_count; index += 1) {
      pthread_join(all->threads[index], NULL);
    }
  }
  if (all->ended != NULL) {
    napi_release_threadsafe_function(all->ended, napi_tsfn_abort);
  }
  for (size_t id = 0; id < all->table_length; id += 1) {
    if (all->table[id] != NULL) {
      forget(all, all->table[id]);
    }
  }
  if (all->poll >= 0) {
    close(all->poll);
  }
  if (all->stop >= 0) {
    close(all->stop);
  }
  free(all->table);
  free(all);
}

/* Signals are for the thread of JavaScript: a connection that broke must not end the process either. */
static bool start_threads(sender* all) {
  sigset_t every, before;
  pthread_attr_t attributes;
  sigfillset(&every);
  if (pthread_attr_init(&attributes) != 0) {
    return false;
  }
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  while (all->thread_count < THREADS &&
         pthread_create(&all->threads[all->thread_count], &attributes, run, all) == 0) {
    all->thread_count += 1;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return all->thread_count > 0;
}

static bool prepare(napi_env env, napi_value callback, sender* all) {
  napi_value name;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  all->poll = epoll_create1(EPOLL_CLOEXEC);
  all->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return all->poll >= 0 && all->stop >= 0 &&
         epoll_ctl(all->poll, EPOLL_CTL_ADD, all->stop, &event) == 0 &&
         napi_create_string_utf8(env, "moraine-sendfile", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_threadsafe_function(env, callback, NULL, name, 0, 1, NULL, NULL, all,
                                         tell_ended, &all->ended) == napi_ok &&
         /* Connections keep a process running, not what is sent over them. */
         napi_unref_threadsafe_function(env, all->ended) == napi_ok && start_threads(all);
}

static sender* find_sender(napi_env env) {
  void* data = NULL;
  return napi_get_instance_data(env, &data) == napi_ok ? data : NULL;
}

static napi_value open_sender(napi_env env, napi_callback_info info) {
  napi_value callback;
  size_t given = 1;
  napi_valuetype type;
  if (find_sender(env) != NULL) {
    napi_throw_error(env, NULL, "the sender is open already");
    return NULL;
  }
  if (napi_get_cb_info(env, info, &given, &callback, NULL, NULL) != napi_ok || given < 1 ||
      napi_typeof(env, callback, &type) != napi_ok || type != napi_function) {
    napi_throw_type_error(env, NULL, "open takes a function");
    return NULL;
  }
  sender* all = calloc(1, sizeof *all);
  if (all == NULL) {
    napi_throw_error(env, NULL, "no memory");
    return NULL;
  }
  /* What is registered last is cleaned up first: the threads end before what they call does. */
  if (!prepare(env, callback, all) || napi_set_instance_data(env, all, NULL, NULL) != napi_ok ||
      napi_add_env_cleanup_hook(env, stop_all, all) != napi_ok) {
    napi_set_instance_data(env, NULL, NULL, NULL);
    stop_all(all);
    napi_throw_error(env, NULL, "no threads to send with");
  }
  return NULL;
}

/* False, with an exception pending, unless the sender is open and the arguments are integers from 0 on. */
static bool get_integers(napi_env env, napi_callback_info info, size_t count, int64_t* integers,
                         sender** all) {
  napi_value values[ARGUMENTS_MAX];
  size_t given = ARGUMENTS_MAX;
  *all = find_sender(env);
  if (*all == NULL) {
    napi_throw_error(env, NULL, "the sender is not open");
    return false;
  }
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok || given < count) {
    napi_throw_type_error(env, NULL, "too few arguments");
    return false;
  }
  for (size_t index = 0; index < count; index += 1) {
    if (napi_get_value_int64(env, values[index], &integers[index]) != napi_ok) {
      napi_throw_type_error(env, NULL, "every argument must be a number");
      return false;
    }
    if (integers[index] < 0 || integers[index] > POSITION_MAX) {
      napi_throw_range_error(env, NULL, "every argument must be a safe integer from 0 on");
      return false;
    }
  }
  return true;
}

static bool find_free_id(sender* all, uint32_t* id) {
  size_t free_id = 0;
  while (free_id < all->table_length && all->table[free_id] != NULL) {
    free_id += 1;
  }
  if (free_id == all->table_length) {
    size_t longer = 2 * all->table_length + 8;
    sending** table = realloc(all->table, longer * sizeof *table);
    if (table == NULL) {
      return false;
    }
    for (size_t index = all->table_length; index < longer; index += 1) {
      table[index] = NULL;
    }
    all->table = table;
    all->table_length = longer;
  }
  *id = (uint32_t)free_id;
  return true;
}

static sending* begin(sender* all, int socket, int file) {
  sending* it = calloc(1, sizeof *it);
  if (it == NULL || !find_free_id(all, &it->id)) {
    free(it);
    return NULL;
  }
  int flags = fcntl(socket, F_GETFL);
  it->socket = flags >= 0 && (flags & O_NONBLOCK) != 0 ? fcntl(socket, F_DUPFD_CLOEXEC, 0) : -1;
  it->file = file;
  if (it->socket < 0) {
    free(it);
    return NULL;
  }
  return it;
}

static napi_value send_range(napi_env env, napi_callback_info info) {
  sender* all;
  int64_t integers[4];
  if (!get_integers(env, info, 4, integers, &all)) {
    return NULL;
  }
  int64_t start = integers[2], length = integers[3];
  if (integers[0] > INT32_MAX || integers[1] > INT32_MAX || length > POSITION_MAX - start) {
    napi_throw_range_error(env, NULL, "a descriptor or a position is too large");
    return NULL;
  }
  sending* it = begin(all, (int)integers[0], (int)integers[1]);
  if (it == NULL) {
    napi_throw_error(env, NULL, "the socket can't be used for sending files");
    return NULL;
  }
  it->offset = start;
  it->end = start + length;
  all->table[it->id] = it;
  /* From here on a thread may have it. */
  napi_value id;
  uint32_t number = it->id;
  if (arm(all, it, EPOLL_CTL_ADD) != 0) {
    forget(all, it);
    napi_throw_error(env, NULL, "the socket can't be waited for");
    return NULL;
  }
  return napi_create_uint32(env, number, &id) == napi_ok ? id : NULL;
}

/* NULL, with an exception pending, for an id that is not in use. */
static sending* get_sending(napi_env env, napi_callback_info info, sender** all) {
  int64_t id;
  if (!get_integers(env, info, 1, &id, all)) {
    return NULL;
  }
  if ((uint64_t)id >= (*all)->table_length || (*all)->table[id] == NULL) {
    napi_throw_range_error(env, NULL, "there is no such sending");
    return NULL;
  }
  return (*all)->table[id];
}

static napi_value sent_bytes(napi_env env, napi_callback_info info) {
  sender* all;
  napi_value count;
  const sending* it = get_sending(env, info, &all);
  return it != NULL && napi_create_double(env, (double)atomic_load(&it->sent), &count) == napi_ok
             ? count
             : NULL;
}

/* Wakes a thread that would else wait until the reader reads. */
static napi_value cancel(napi_env env, napi_callback_info info) {
  sender* all;
  sending* it = get_sending(env, info, &all);
  if (it != NULL) {
    atomic_store(&it->is_cancelled, true);
    shutdown(it->socket, SHUT_RDWR);
  }
  return NULL;
}

static bool export_function(napi_env env, napi_value exports, const char* name,
                            napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                          napi_value exports) {
  napi_value version;
  bool is_complete = napi_create_uint32(env, INTERFACE_VERSION, &version) == napi_ok &&
                     napi_set_named_property(env, exports, "version", version) == napi_ok &&
                     export_function(env, exports, "open", open_sender) &&
                     export_function(env, exports, "send", send_range) &&
                     export_function(env, exports, "sentBytes", sent_bytes) &&
                     export_function(env, exports, "cancel", cancel);
  return is_complete ? exports : NULL;
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void) {
  return 8;
}
