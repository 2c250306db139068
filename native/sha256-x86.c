/* SHA-256 with the SHA extensions of x86-64 (Intel SDM volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2). */
#include "digest.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

/* The instructions want a chaining value as the words ABEF and CDGH, highest first. */
typedef struct {
  __m128i abef;
  __m128i cdgh;
} chain;

WITH_SHA static inline chain load_chain(const uint32_t value[8]) {
  __m128i dcba = _mm_loadu_si128((const __m128i*)value);
  __m128i hgfe = _mm_loadu_si128((const __m128i*)(value + 4));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
  __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
  chain loaded = {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
  return loaded;
}

WITH_SHA static inline void store_chain(uint32_t value[8], chain from) {
  __m128i feba = _mm_shuffle_epi32(from.abef, 0x1B);
  __m128i dchg = _mm_shuffle_epi32(from.cdgh, 0xB1);
  _mm_storeu_si128((__m128i*)value, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i*)(value + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds of one chain; `sums` are four words of the schedule with their constants added. */
WITH_SHA static inline void four_rounds(chain* one, __m128i sums) {
  one->cdgh = _mm_sha256rnds2_epu32(one->cdgh, one->abef, sums);
  one->abef = _mm_sha256rnds2_epu32(one->abef, one->cdgh, _mm_shuffle_epi32(sums, 0x0E));
}

/* Four rounds of two chains, interleaved: each waits for its own last result, not for the other's. */
WITH_SHA static inline void four_rounds_of_two(chain* left, chain* right, __m128i sums) {
  __m128i high = _mm_shuffle_epi32(sums, 0x0E);
  left->cdgh = _mm_sha256rnds2_epu32(left->cdgh, left->abef, sums);
  right->cdgh = _mm_sha256rnds2_epu32(right->cdgh, right->abef, sums);
  left->abef = _mm_sha256rnds2_epu32(left->abef, left->cdgh, high);
  right->abef = _mm_sha256rnds2_epu32(right->abef, right->cdgh, high);
}

/* The next four words of the schedule from the last sixteen, oldest first; they replace the oldest. */
WITH_SHA static inline __m128i next_words(__m128i w0, __m128i w4, __m128i w8, __m128i w12) {
  __m128i sums = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));
  return _mm_sha256msg2_epu32(sums, w12);
}

#define CONSTANTS(round) _mm_loadu_si128((const __m128i*)(digest_round_constants + (round)))

/* The sixteen groups of four rounds; `ROUNDS(sums)` does four of them. */
#define SIXTEEN(ROUNDS, base)                      \
  ROUNDS(_mm_add_epi32(w0, CONSTANTS((base))));     \
  ROUNDS(_mm_add_epi32(w1, CONSTANTS((base) + 4))); \
  ROUNDS(_mm_add_epi32(w2, CONSTANTS((base) + 8))); \
  ROUNDS(_mm_add_epi32(w3, CONSTANTS((base) + 12)))
#define EXTEND(ROUNDS, base)                        \
  w0 = next_words(w0, w1, w2, w3);                  \
  ROUNDS(_mm_add_epi32(w0, CONSTANTS((base))));     \
  w1 = next_words(w1, w2, w3, w0);                  \
  ROUNDS(_mm_add_epi32(w1, CONSTANTS((base) + 4))); \
  w2 = next_words(w2, w3, w0, w1);                  \
  ROUNDS(_mm_add_epi32(w2, CONSTANTS((base) + 8))); \
  w3 = next_words(w3, w0, w1, w2);                  \
  ROUNDS(_mm_add_epi32(w3, CONSTANTS((base) + 12)))

/* Loads a block as four vectors of big-endian words. */
#define LOAD_BLOCK(blocks)                                                                    \
  const __m128i* source = (const __m128i*)(blocks);                                           \
  __m128i w0 = _mm_shuffle_epi8(_mm_loadu_si128(source), swap);                               \
  __m128i w1 = _mm_shuffle_epi8(_mm_loadu_si128(source + 1), swap);                           \
  __m128i w2 = _mm_shuffle_epi8(_mm_loadu_si128(source + 2), swap);                           \
  __m128i w3 = _mm_shuffle_epi8(_mm_loadu_si128(source + 3), swap)

#define BYTE_SWAP _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL)

WITH_SHA static void hash_one(uint32_t value[8], const uint8_t* blocks, size_t count) {
  const __m128i swap = BYTE_SWAP;
  chain one = load_chain(value);
  for (; count > 0; count -= 1, blocks += BLOCK_BYTES) {
    chain before = one;
    LOAD_BLOCK(blocks);
#define ONE(sums) four_rounds(&one, sums)
    SIXTEEN(ONE, 0);
    EXTEND(ONE, 16);
    EXTEND(ONE, 32);
    EXTEND(ONE, 48);
#undef ONE
    one.abef = _mm_add_epi32(one.abef, before.abef);
    one.cdgh = _mm_add_epi32(one.cdgh, before.cdgh);
  }
  store_chain(value, one);
}

WITH_SHA static void hash_two(uint32_t left_value[8], uint32_t right_value[8],
                              const uint8_t* blocks, size_t count) {
  const __m128i swap = BYTE_SWAP;
  chain left = load_chain(left_value);
  chain right = load_chain(right_value);
  for (; count > 0; count -= 1, blocks += BLOCK_BYTES) {
    chain left_before = left;
    chain right_before = right;
    LOAD_BLOCK(blocks);
#define BOTH(sums) four_rounds_of_two(&left, &right, sums)
    SIXTEEN(BOTH, 0);
    EXTEND(BOTH, 16);
    EXTEND(BOTH, 32);
    EXTEND(BOTH, 48);
#undef BOTH
    left.abef = _mm_add_epi32(left.abef, left_before.abef);
    left.cdgh = _mm_add_epi32(left.cdgh, left_before.cdgh);
    right.abef = _mm_add_epi32(right.abef, right_before.abef);
    right.cdgh = _mm_add_epi32(right.cdgh, right_before.cdgh);
  }
  store_chain(left_value, left);
  store_chain(right_value, right);
}

static const digest_kernel kernel = {"sha-ni fused", hash_one, hash_two};

const digest_kernel* digest_find_x86_kernel(void) {
  unsigned int a, b, c, d;
  const unsigned int ssse3_and_sse41 = (1u << 9) | (1u << 19);
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & ssse3_and_sse41) != ssse3_and_sse41) {
    return NULL;
  }
  const unsigned int sha = 1u << 29;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & sha) != 0 ? &kernel : NULL;
}

#else

const digest_kernel* digest_find_x86_kernel(void) {
  return NULL;
}

#endif
