/* See digest.h. */
#include "digest.h"

#include <string.h>

const uint32_t digest_round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const uint32_t initial_value[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

const digest_kernel* digest_find_kernel(void) {
  const digest_kernel* kernel = digest_find_x86_kernel();
  return kernel != NULL ? kernel : digest_find_arm_kernel();
}

void digest_begin(digest_state* state) {
  memset(state, 0, sizeof *state);
  memcpy(state->linear, initial_value, sizeof initial_value);
}

uint64_t digest_count_ending(const digest_state* state, size_t length) {
  return (state->total_bytes % LEAF_BYTES + length) / LEAF_BYTES;
}

static void store_big_endian(uint8_t* target, uint64_t value, int size_bytes) {
  for (int index = 0; index < size_bytes; index += 1) {
    target[index] = (uint8_t)(value >> (8 * (size_bytes - 1 - index)));
  }
}

/* The digest of `total_bytes` bytes with the chaining value `value`, the last of which are in `rest`. */
static void finish(const digest_kernel* kernel, const uint32_t value[8], const uint8_t* rest,
                   uint64_t total_bytes, uint8_t digest[DIGEST_BYTES]) {
  uint8_t padded[2 * BLOCK_BYTES] = {0};
  uint32_t last[8];
  size_t used = (size_t)(total_bytes % BLOCK_BYTES);
  size_t blocks = used < BLOCK_BYTES - 8 ? 1 : 2;
  memcpy(last, value, sizeof last);
  memcpy(padded, rest, used);
  padded[used] = 0x80;
  store_big_endian(padded + blocks * BLOCK_BYTES - 8, total_bytes << 3, 8);
  kernel->one(last, padded, blocks);
  for (int word = 0; word < 8; word += 1) {
    store_big_endian(digest + 4 * word, last[word], 4);
  }
}

/* Whole blocks of one leaf. */
static void hash_blocks(const digest_kernel* kernel, digest_state* state, const uint8_t* blocks,
                        size_t count) {
  uint64_t start = state->total_bytes - state->total_bytes % BLOCK_BYTES;
  if (start < LEAF_BYTES) {
    kernel->one(state->linear, blocks, count);
    return;
  }
  if (start % LEAF_BYTES == 0) {
    memcpy(state->leaf, initial_value, sizeof initial_value);
  }
  kernel->two(state->linear, state->leaf, blocks, count);
}

/* Bytes of one leaf. */
static void take(const digest_kernel* kernel, digest_state* state, const uint8_t* bytes,
                 size_t length) {
  size_t used = (size_t)(state->total_bytes % BLOCK_BYTES);
  if (used > 0) {
    size_t room = BLOCK_BYTES - used;
    size_t piece = length < room ? length : room;
    memcpy(state->block + used, bytes, piece);
    if (piece == room) {
      hash_blocks(kernel, state, state->block, 1);
    }
    state->total_bytes += piece;
    bytes += piece;
    length -= piece;
  }
  if (length >= BLOCK_BYTES) {
    size_t count = length / BLOCK_BYTES;
    hash_blocks(kernel, state, bytes, count);
    state->total_bytes += count * BLOCK_BYTES;
    bytes += count * BLOCK_BYTES;
    length -= count * BLOCK_BYTES;
  }
  if (length > 0) {
    memcpy(state->block, bytes, length);
    state->total_bytes += length;
  }
}

void digest_update(const digest_kernel* kernel, digest_state* state, const uint8_t* bytes,
                   size_t length, uint8_t* leaves) {
  while (length > 0) {
    uint64_t room = LEAF_BYTES - state->total_bytes % LEAF_BYTES;
    size_t piece = length < room ? length : (size_t)room;
    take(kernel, state, bytes, piece);
    bytes += piece;
    length -= piece;
    if (state->total_bytes % LEAF_BYTES == 0) {
      const uint32_t* value = state->total_bytes == LEAF_BYTES ? state->linear : state->leaf;
      finish(kernel, value, state->block, LEAF_BYTES, leaves);
      leaves += DIGEST_BYTES;
    }
  }
}

int digest_end(const digest_kernel* kernel, const digest_state* state, uint8_t linear[DIGEST_BYTES],
               uint8_t leaf[DIGEST_BYTES]) {
  uint64_t leaf_bytes = state->total_bytes % LEAF_BYTES;
  finish(kernel, state->linear, state->block, state->total_bytes, linear);
  if (state->total_bytes < LEAF_BYTES) {
    memcpy(leaf, linear, DIGEST_BYTES);
    return 1;
  }
  if (leaf_bytes == 0) {
    return 0;
  }
  /* A leaf of less than a block has no chaining value of its own yet. */
  const uint32_t* value = leaf_bytes < BLOCK_BYTES ? initial_value : state->leaf;
  finish(kernel, value, state->block, leaf_bytes, leaf);
  return 1;
}
