/*
 * Linear SHA-256 and the SHA-256 of each MiB ("leaf") of a stream, in one pass. No memory is allocated: all state
 * is the caller's, and every offset into it is derived from `total_bytes`, so that no value of it is unsafe.
 */
#ifndef MORAINE_DIGEST_H
#define MORAINE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define LEAF_BYTES ((uint64_t)1024 * 1024)
#define BLOCK_BYTES 64
#define DIGEST_BYTES 32

typedef struct {
  uint64_t total_bytes;
  uint32_t linear[8];
  /* Chaining value of the leaf in progress; not used during the first leaf, whose value is `linear`. */
  uint32_t leaf[8];
  /* Bytes after the last whole block: `total_bytes % BLOCK_BYTES` of them. */
  uint8_t block[BLOCK_BYTES];
} digest_state;

/* A processor's way of hashing whole blocks. */
typedef struct {
  const char* name;
  /* Brings one chaining value forward by `count` blocks. */
  void (*one)(uint32_t value[8], const uint8_t* blocks, size_t count);
  /* Brings two chaining values forward by the same `count` blocks, whose schedule is computed once. */
  void (*two)(uint32_t left[8], uint32_t right[8], const uint8_t* blocks, size_t count);
} digest_kernel;

/* The kernel of this processor; NULL when it has no SHA-256 instructions, or none that are known here. */
const digest_kernel* digest_find_kernel(void);

void digest_begin(digest_state* state);

/* How many leaves end within the next `length` bytes. */
uint64_t digest_count_ending(const digest_state* state, size_t length);

/*
 * Takes `length` bytes; the digests of the leaves that end within them are written to `leaves`, which has room for
 * `digest_count_ending` of them.
 */
void digest_update(const digest_kernel* kernel, digest_state* state, const uint8_t* bytes,
                   size_t length, uint8_t* leaves);

/*
 * Ends the stream: writes the linear digest and, when a leaf is in progress or the stream is empty, the last
 * leaf's. Returns how many leaves were written: 0 or 1.
 */
int digest_end(const digest_kernel* kernel, const digest_state* state, uint8_t linear[DIGEST_BYTES],
               uint8_t leaf[DIGEST_BYTES]);

/* The round constants of SHA-256 (FIPS 180-4, 4.2.2). */
extern const uint32_t digest_round_constants[64];

/* The kernels; each is NULL where it was not compiled or the processor lacks the instructions. */
const digest_kernel* digest_find_x86_kernel(void);
const digest_kernel* digest_find_arm_kernel(void);

#endif
