/*
 * A load generator: sends requests that were prepared and signed beforehand, and does so little for
 * each that what is measured is the other end. One thread, epoll, connections kept alive. Bodies go
 * out by sendfile from a file in the page cache; bodies that come in are counted and dropped in the
 * kernel (MSG_TRUNC), never copied.
 *
 *   load PORT CONNECTIONS PLAN BODY
 *
 * PLAN holds the requests, in order: a line "HEAD_BYTES BODY_OFFSET BODY_BYTES STATUS\n" and then
 * the head as it goes over the wire. The body is cut from the file BODY, which repeats itself. Each
 * connection takes the next request of the plan when it has the answer to its last one.
 *
 * Standard output: a line "MICROSECONDS BODY_BYTES ARCHIVE_ID" per request, in the order of the plan
 * ("-" without the header x-amz-archive-id), then "total SECONDS CPU_SECONDS". A status other than
 * the plan's ends the program with status 1 and the answer on standard error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
  HEAD_MAX = 16 * 1024,
  ECHO_MAX = 256,
  /* What is sent at once, so that connections take turns. */
  SLICE_BYTES = 1024 * 1024,
  /* A body so small goes out in one write with its head. */
  JOINED_MAX = 64 * 1024,
  SECONDS_MAX = 300,
};

struct request {
  const char *head;
  size_t head_bytes;
  size_t body_offset;
  size_t body_bytes;
  int status;
  double micros;
  size_t received;
  char echo[ECHO_MAX];
};

struct connection {
  int fd;
  struct request *request;
  double started_at;
  size_t sent;
  bool wants_out;
  /* The answer so far: its head with what came along, then a count of what is missing. */
  char head[HEAD_MAX + 1];
  size_t head_bytes;
  bool has_head;
  bool closes;
  bool until_close;
  size_t missing;
};

static struct request *requests;
static size_t request_count, next_request, done_count;
static int epoll_fd, body_fd, port;
static const char *body;
static size_t body_file_bytes;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t smaller(size_t left, size_t right) {
  return left < right ? left : right;
}

static char *map_file(const char *path, int *fd, size_t *bytes) {
  *fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (*fd < 0 || fstat(*fd, &status) != 0) {
    fail("%s: %s", path, strerror(errno));
  }
  *bytes = (size_t)status.st_size;
  char *start = mmap(NULL, *bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, *fd, 0);
  if (start == MAP_FAILED) {
    fail("%s: %s", path, strerror(errno));
  }
  return start;
}

/* A number and the one character after it; a plan that is cut short is noticed by its caller. */
static size_t read_number(const char **at) {
  char *end;
  size_t number = (size_t)strtoull(*at, &end, 10);
  if (end == *at) {
    fail("the plan has no number where one belongs");
  }
  *at = end + 1;
  return number;
}

static void read_plan(const char *path) {
  int fd;
  size_t bytes;
  const char *start = map_file(path, &fd, &bytes);
  size_t capacity = 0;
  for (size_t at = 0; at < bytes;) {
    if (request_count == capacity) {
      capacity = capacity == 0 ? 1024 : capacity * 2;
      requests = realloc(requests, capacity * sizeof *requests);
      if (requests == NULL) {
        fail("no memory for %zu requests", capacity);
      }
    }
    struct request *request = &requests[request_count++];
    memset(request, 0, sizeof *request);
    const char *line = start + at;
    request->head_bytes = read_number(&line);
    request->body_offset = read_number(&line);
    request->body_bytes = read_number(&line);
    request->status = (int)read_number(&line);
    at = (size_t)(line - start);
    request->head = start + at;
    at += request->head_bytes;
    if (at > bytes || (request->body_bytes > 0 && request->body_offset >= body_file_bytes)) {
      fail("%s breaks off, or asks for bytes that the body doesn't have", path);
    }
  }
}

static void connect_to_server(struct connection *connection) {
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET,
      .sin_port = htons((uint16_t)port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (connection->fd < 0 ||
      connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0) {
    fail("port %d: %s", port, strerror(errno));
  }
  int one = 1;
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(connection->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
  connection->wants_out = false;
}

static void want_out(struct connection *connection, bool wanted) {
  if (connection->wants_out != wanted) {
    uint32_t events = EPOLLIN | (wanted ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.ptr = connection};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
    connection->wants_out = wanted;
  }
}

/* Head and a small body together, a larger one by sendfile. */
static ssize_t send_slice(struct connection *connection) {
  const struct request *request = connection->request;
  size_t sent = connection->sent;
  size_t in_body = sent < request->head_bytes ? 0 : sent - request->head_bytes;
  size_t offset =
      request->body_bytes == 0 ? 0 : (request->body_offset + in_body) % body_file_bytes;
  size_t slice = smaller(request->body_bytes - in_body, body_file_bytes - offset);
  if (sent < request->head_bytes) {
    struct iovec parts[2] = {
        {.iov_base = (void *)(request->head + sent), .iov_len = request->head_bytes - sent},
        {.iov_base = (void *)(body + offset), .iov_len = smaller(slice, JOINED_MAX)},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return sendmsg(connection->fd, &message, MSG_NOSIGNAL);
  }
  off_t start = (off_t)offset;
  return sendfile(connection->fd, body_fd, &start, smaller(slice, SLICE_BYTES));
}

static void send_more(struct connection *connection) {
  const struct request *request = connection->request;
  size_t total = request->head_bytes + request->body_bytes;
  size_t turn_end = connection->sent + SLICE_BYTES;
  while (connection->sent < total && connection->sent < turn_end) {
    ssize_t sent = send_slice(connection);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      /* Refused in the middle of the body: the answer tells why. */
      connection->sent = total;
      break;
    }
    if (sent < 0 && errno != EAGAIN) {
      fail("sending: %s", strerror(errno));
    }
    if (sent <= 0) {
      break;
    }
    connection->sent += (size_t)sent;
  }
  want_out(connection, connection->sent < total);
}

static void begin_next(struct connection *connection) {
  if (next_request == request_count) {
    connection->request = NULL;
    return;
  }
  connection->request = &requests[next_request++];
  connection->sent = 0;
  connection->head_bytes = 0;
  connection->has_head = false;
  connection->started_at = now();
  send_more(connection);
}

static const char *find_header(const char *head, const char *name) {
  size_t name_bytes = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, name_bytes) == 0 && line[2 + name_bytes] == ':') {
      const char *value = line + 3 + name_bytes;
      return value + strspn(value, " ");
    }
  }
  return NULL;
}

/* Reads the head once it is whole, and counts what came with it as body. */
static void parse_head(struct connection *connection) {
  struct request *request = connection->request;
  connection->head[connection->head_bytes] = '\0';
  char *end = strstr(connection->head, "\r\n\r\n");
  if (end == NULL) {
    if (connection->head_bytes == HEAD_MAX) {
      fail("an answer with a head of more than %d bytes", HEAD_MAX);
    }
    return;
  }
  int status = 0;
  if (sscanf(connection->head, "HTTP/1.%*d %d", &status) != 1 || status != request->status) {
    fail("status %d where %d was expected: %.600s", status, request->status, connection->head);
  }
  size_t along = connection->head_bytes - (size_t)(end + 4 - connection->head);
  end[2] = '\0';
  if (find_header(connection->head, "transfer-encoding") != NULL) {
    fail("an answer in chunks, which this program doesn't read");
  }
  const char *closing = find_header(connection->head, "connection");
  connection->closes = closing != NULL && strncasecmp(closing, "close", 5) == 0;
  const char *length = find_header(connection->head, "content-length");
  connection->until_close = length == NULL && connection->closes && status != 204;
  size_t body_bytes = length == NULL ? 0 : (size_t)strtoull(length, NULL, 10);
  if (!connection->until_close && along > body_bytes) {
    fail("more bytes than the answer's length");
  }
  const char *id = find_header(connection->head, "x-amz-archive-id");
  if (id != NULL) {
    snprintf(request->echo, ECHO_MAX, "%.*s", (int)strcspn(id, "\r"), id);
  }
  connection->has_head = true;
  connection->missing = body_bytes - (connection->until_close ? 0 : along);
  request->received = along;
}

static void finish(struct connection *connection) {
  struct request *request = connection->request;
  if (connection->sent < request->head_bytes + request->body_bytes) {
    fail("an answer before the whole body was sent: %.600s", connection->head);
  }
  request->micros = (now() - connection->started_at) * 1e6;
  done_count++;
  if (connection->closes) {
    close(connection->fd);
    if (next_request < request_count) {
      connect_to_server(connection);
    }
  }
  begin_next(connection);
}

static void receive(struct connection *connection) {
  static char unused[1];
  for (;;) {
    struct request *request = connection->request;
    if (request == NULL) {
      return;
    }
    ssize_t got;
    if (connection->has_head) {
      size_t wanted =
          connection->until_close ? SLICE_BYTES : smaller(connection->missing, SLICE_BYTES);
      got = recv(connection->fd, unused, wanted, MSG_TRUNC);
    } else {
      size_t so_far = connection->head_bytes;
      got = recv(connection->fd, connection->head + so_far, HEAD_MAX - so_far, 0);
    }
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 && errno == EAGAIN) {
      return;
    }
    if (got == 0 && connection->has_head && connection->until_close) {
      finish(connection);
      return;
    }
    if (got <= 0) {
      fail("the connection ended in request %zu of %zu: %s", (size_t)(request - requests) + 1,
           request_count, got == 0 ? "closed" : strerror(errno));
    }
    if (connection->has_head) {
      request->received += (size_t)got;
      connection->missing -= connection->until_close ? 0 : (size_t)got;
    } else {
      connection->head_bytes += (size_t)got;
      parse_head(connection);
    }
    if (connection->has_head && !connection->until_close && connection->missing == 0) {
      finish(connection);
      return;
    }
  }
}

static void run(struct connection *connections, size_t count) {
  for (size_t index = 0; index < count; index++) {
    begin_next(&connections[index]);
  }
  struct epoll_event events[256];
  while (done_count < request_count) {
    int ready = epoll_wait(epoll_fd, events, 256, -1);
    for (int index = 0; index < ready; index++) {
      struct connection *connection = events[index].data.ptr;
      if (connection->request == NULL) {
        /* Closed by the other end, and not needed any more. */
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
        continue;
      }
      if ((events[index].events & EPOLLOUT) != 0) {
        send_more(connection);
      }
      if ((events[index].events & ~(uint32_t)EPOLLOUT) != 0) {
        receive(connection);
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fail("usage: load PORT CONNECTIONS PLAN BODY");
  }
  alarm(SECONDS_MAX);
  port = atoi(argv[1]);
  size_t count = (size_t)atoi(argv[2]);
  body = map_file(argv[4], &body_fd, &body_file_bytes);
  read_plan(argv[3]);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc(count, sizeof *connections);
  for (size_t index = 0; index < count; index++) {
    connect_to_server(&connections[index]);
  }
  double started_at = now();
  run(connections, count);
  double seconds = now() - started_at;
  for (size_t index = 0; index < request_count; index++) {
    const struct request *request = &requests[index];
    const char *echo = request->echo[0] == '\0' ? "-" : request->echo;
    printf("%.0f %zu %s\n", request->micros, request->received, echo);
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("total %.6f %.6f\n", seconds, cpu);
  return 0;
}
