/* SHA-256 with the cryptographic extension of ARMv8 (Arm ARM, C7.2: SHA256H, SHA256H2, SHA256SU0, SHA256SU1). */
#include "digest.h"

#if defined(__aarch64__) && (defined(__linux__) || defined(__APPLE__))
#include <arm_neon.h>

#if defined(__linux__)
#include <sys/auxv.h>
/* HWCAP_SHA2 of arch/arm64/include/uapi/asm/hwcap.h. */
#define HAS_SHA2 (1ul << 6)
#endif

#if defined(__clang__)
#define WITH_SHA __attribute__((target("sha2")))
#else
#define WITH_SHA __attribute__((target("+crypto")))
#endif

typedef struct {
  uint32x4_t abcd;
  uint32x4_t efgh;
} chain;

WITH_SHA static inline chain load_chain(const uint32_t value[8]) {
  chain loaded = {vld1q_u32(value), vld1q_u32(value + 4)};
  return loaded;
}

WITH_SHA static inline void store_chain(uint32_t value[8], chain from) {
  vst1q_u32(value, from.abcd);
  vst1q_u32(value + 4, from.efgh);
}

WITH_SHA static inline void add_chain(chain* to, chain before) {
  to->abcd = vaddq_u32(to->abcd, before.abcd);
  to->efgh = vaddq_u32(to->efgh, before.efgh);
}

/* Four rounds of one chain; `sums` are four words of the schedule with their constants added. */
WITH_SHA static inline void four_rounds(chain* one, uint32x4_t sums) {
  uint32x4_t abcd = one->abcd;
  one->abcd = vsha256hq_u32(abcd, one->efgh, sums);
  one->efgh = vsha256h2q_u32(one->efgh, abcd, sums);
}

/* The next four words of the schedule from the last sixteen, oldest first; they replace the oldest. */
WITH_SHA static inline uint32x4_t next_words(uint32x4_t w0, uint32x4_t w4, uint32x4_t w8,
                                             uint32x4_t w12) {
  return vsha256su1q_u32(vsha256su0q_u32(w0, w4), w8, w12);
}

WITH_SHA static inline void load_block(uint32x4_t words[4], const uint8_t* block) {
  for (int index = 0; index < 4; index += 1) {
    words[index] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * index)));
  }
}

/* The sums of four rounds from `round` on, a multiple of 4; extends the schedule as far as it has to be. */
WITH_SHA static inline uint32x4_t sums_of(uint32x4_t words[4], int round) {
  int index = round / 4 % 4;
  if (round >= 16) {
    words[index] = next_words(words[index], words[(index + 1) % 4], words[(index + 2) % 4],
                              words[(index + 3) % 4]);
  }
  return vaddq_u32(words[index], vld1q_u32(digest_round_constants + round));
}

WITH_SHA static void hash_one(uint32_t value[8], const uint8_t* blocks, size_t count) {
  chain one = load_chain(value);
  for (; count > 0; count -= 1, blocks += BLOCK_BYTES) {
    chain before = one;
    uint32x4_t words[4];
    load_block(words, blocks);
#pragma GCC unroll 16
    for (int round = 0; round < 64; round += 4) {
      four_rounds(&one, sums_of(words, round));
    }
    add_chain(&one, before);
  }
  store_chain(value, one);
}

WITH_SHA static void hash_two(uint32_t left_value[8], uint32_t right_value[8],
                              const uint8_t* blocks, size_t count) {
  chain left = load_chain(left_value);
  chain right = load_chain(right_value);
  for (; count > 0; count -= 1, blocks += BLOCK_BYTES) {
    chain left_before = left;
    chain right_before = right;
    uint32x4_t words[4];
    load_block(words, blocks);
#pragma GCC unroll 16
    for (int round = 0; round < 64; round += 4) {
      uint32x4_t sums = sums_of(words, round);
      four_rounds(&left, sums);
      four_rounds(&right, sums);
    }
    add_chain(&left, left_before);
    add_chain(&right, right_before);
  }
  store_chain(left_value, left);
  store_chain(right_value, right);
}

static const digest_kernel kernel = {"armv8 fused", hash_one, hash_two};

const digest_kernel* digest_find_arm_kernel(void) {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HAS_SHA2) != 0 ? &kernel : NULL;
#else
  /* Every Apple processor of this architecture has the extension. */
  return &kernel;
#endif
}

#else

const digest_kernel* digest_find_arm_kernel(void) {
  return NULL;
}

#endif
