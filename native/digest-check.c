/*
 * Checks digest.c under the sanitizers, without Node.js: `node native/build.mjs --check`. The reference is a plain SHA-256
 * in this file, itself checked against the vectors of FIPS 180-4.
 */
#include "digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rotate(uint32_t word, int count) {
  return word >> count | word << (32 - count);
}

static void plain_block(uint32_t value[8], const uint8_t* block) {
  uint32_t words[64];
  uint32_t v[8];
  for (int i = 0; i < 16; i += 1) {
    words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (int i = 16; i < 64; i += 1) {
    uint32_t a = words[i - 15], b = words[i - 2];
    words[i] = words[i - 16] + words[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(v, value, sizeof v);
  for (int i = 0; i < 64; i += 1) {
    uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
                  ((v[4] & v[5]) ^ (~v[4] & v[6])) + digest_round_constants[i] + words[i];
    uint32_t t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
                  ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof v[0]);
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i += 1) {
    value[i] += v[i];
  }
}

static void plain_one(uint32_t value[8], const uint8_t* blocks, size_t count) {
  for (size_t i = 0; i < count; i += 1) {
    plain_block(value, blocks + i * BLOCK_BYTES);
  }
}

static void plain_two(uint32_t left[8], uint32_t right[8], const uint8_t* blocks, size_t count) {
  plain_one(left, blocks, count);
  plain_one(right, blocks, count);
}

static const digest_kernel plain = {"plain", plain_one, plain_two};

/* The linear digest of `length` bytes, in one piece and by the plain kernel. */
static void plain_digest(const uint8_t* source, size_t length, uint8_t digest[DIGEST_BYTES]) {
  digest_state state;
  uint8_t leaf[DIGEST_BYTES];
  uint8_t* leaves = malloc((size_t)(length / LEAF_BYTES + 1) * DIGEST_BYTES);
  digest_begin(&state);
  digest_update(&plain, &state, source, length, leaves);
  digest_end(&plain, &state, digest, leaf);
  free(leaves);
}

static void expect_equal(const uint8_t* found, const uint8_t* wanted, const char* what) {
  if (memcmp(found, wanted, DIGEST_BYTES) != 0) {
    fprintf(stderr, "wrong digest: %s\n", what);
    exit(1);
  }
}

/* FIPS 180-4 examples: the digest of `text` repeated `count` times. */
static void check_vector(const char* text, size_t count, const char* hex) {
  size_t length = strlen(text) * count;
  uint8_t* source = malloc(length + 1);
  uint8_t digest[DIGEST_BYTES], wanted[DIGEST_BYTES];
  for (size_t i = 0; i < length; i += 1) {
    source[i] = (uint8_t)text[i % strlen(text)];
  }
  for (int i = 0; i < DIGEST_BYTES; i += 1) {
    unsigned int byte;
    sscanf(hex + 2 * i, "%2x", &byte);
    wanted[i] = (uint8_t)byte;
  }
  plain_digest(source, length, digest);
  expect_equal(digest, wanted, "published vector");
  free(source);
}

/* Pieces of random sizes, each in memory of its own length so that a read beyond it is caught. */
static void check_stream(const digest_kernel* kernel, const uint8_t* source, size_t length) {
  digest_state state;
  uint8_t linear[DIGEST_BYTES], last[DIGEST_BYTES], wanted[DIGEST_BYTES];
  size_t leaf = 0;
  digest_begin(&state);
  for (size_t done = 0; done < length;) {
    size_t most = rand() % 4 == 0 ? 2u << 20 : rand() % 2 == 0 ? 100 : 70000;
    size_t size = 1 + (size_t)rand() % most;
    size = size < length - done ? size : length - done;
    uint8_t* piece = malloc(size);
    memcpy(piece, source + done, size);
    uint64_t count = digest_count_ending(&state, size);
    uint8_t* leaves = malloc((size_t)count * DIGEST_BYTES + (count == 0));
    digest_update(kernel, &state, piece, size, leaves);
    for (uint64_t i = 0; i < count; i += 1, leaf += 1) {
      plain_digest(source + leaf * LEAF_BYTES, LEAF_BYTES, wanted);
      expect_equal(leaves + i * DIGEST_BYTES, wanted, "whole leaf");
    }
    free(leaves);
    free(piece);
    done += size;
  }
  if (digest_end(kernel, &state, linear, last) == 1) {
    plain_digest(source + leaf * LEAF_BYTES, length - leaf * LEAF_BYTES, wanted);
    expect_equal(last, wanted, "last leaf");
    leaf += 1;
  }
  plain_digest(source, length, wanted);
  expect_equal(linear, wanted, "linear");
  if (leaf != (length + LEAF_BYTES - 1) / LEAF_BYTES + (length == 0)) {
    fprintf(stderr, "wrong number of leaves: %zu of %zu bytes\n", leaf, length);
    exit(1);
  }
}

int main(void) {
  const size_t source_bytes = 3 * LEAF_BYTES + 1000;
  uint8_t* source = malloc(source_bytes);
  check_vector("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  check_vector("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  srand(7);
  for (size_t i = 0; i < source_bytes; i += 1) {
    source[i] = (uint8_t)rand();
  }
  const digest_kernel* kernels[] = {&plain, digest_find_kernel()};
  for (int k = 0; k < 2 && kernels[k] != NULL; k += 1) {
    for (size_t length = 0; length <= 200; length += 1) {
      check_stream(kernels[k], source, length);
    }
    for (size_t around = 0; around <= 130; around += 65) {
      check_stream(kernels[k], source, LEAF_BYTES - 65 + around);
      check_stream(kernels[k], source, 2 * LEAF_BYTES - 65 + around);
    }
    check_stream(kernels[k], source, source_bytes);
    printf("%s: every digest is right\n", kernels[k]->name);
  }
  free(source);
  return 0;
}
