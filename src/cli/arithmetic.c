/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arithmetic.h"

#include "base/own.h"
#include "os/clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { CHAINS = 10, STEPS = 2000, ROUNDS = 40 };

/* runs STEPS steps of CHAINS independent instructions; what it returns keeps the compiler from dropping them */
typedef int64_t loop_fn(void);

typedef struct loop {
    uint32_t cpu;
    loop_fn *run;
    double macs_per_step;
} loop;

/* the asm statement makes the operands unknown to the compiler */
#define LOOP(name, attribute, vector, zero, step, first)                                                               \
    attribute static int64_t name(void) {                                                                              \
        vector sums[CHAINS], a = zero, b = zero;                                                                       \
        for (int c = 0; c < CHAINS; c++)                                                                               \
            sums[c] = zero;                                                                                            \
        for (int i = 0; i < STEPS; i++) {                                                                              \
            __asm__ volatile("" : REGISTER(a), REGISTER(b));                                                           \
            for (int c = 0; c < CHAINS; c++)                                                                           \
                sums[c] = step(sums[c], a, b);                                                                         \
        }                                                                                                              \
        int64_t total = 0;                                                                                             \
        for (int c = 0; c < CHAINS; c++)                                                                               \
            total += (int64_t)first(sums[c]);                                                                          \
        return total;                                                                                                  \
    }
#define NO_ATTRIBUTE
#define ITSELF(x) (x)

#if defined(__x86_64__)
#define REGISTER(v)               "+v"(v)
#define FIRST_128(v)              _mm_cvtsi128_si32(v)
#define FIRST_256(v)              _mm_cvtsi128_si32(_mm256_castsi256_si128(v))
#define FIRST_512(v)              _mm_cvtsi128_si32(_mm512_castsi512_si128(v))
#define FIRST_PS(v)               _mm_cvtss_f32(v)
#define FIRST_PS_256(v)           _mm_cvtss_f32(_mm256_castps256_ps128(v))
#define FIRST_PS_512(v)           _mm_cvtss_f32(_mm512_castps512_ps128(v))
#define STEP_S8_SSE2(sum, a, b)   _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define STEP_S8_AVX2(sum, a, b)   _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define STEP_S8_AVX512(sum, a, b) _mm512_dpbusd_epi32(sum, a, b)
#define STEP_F32_SSE2(sum, a, b)  _mm_add_ps(sum, _mm_mul_ps(a, b))
#define STEP_F32_AVX2(sum, a, b)  _mm256_add_ps(sum, _mm256_mul_ps(a, b))
#define STEP_F32_AVX512(s, a, b)  _mm512_add_ps(s, _mm512_mul_ps(a, b))
#define AVX2                      __attribute__((target("avx2")))
#define AVX512                    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
LOOP(run_s8_sse2, NO_ATTRIBUTE, __m128i, _mm_setzero_si128(), STEP_S8_SSE2, FIRST_128)
LOOP(run_s8_avx2, AVX2, __m256i, _mm256_setzero_si256(), STEP_S8_AVX2, FIRST_256)
LOOP(run_s8_avx512, AVX512, __m512i, _mm512_setzero_si512(), STEP_S8_AVX512, FIRST_512)
LOOP(run_f32_sse2, NO_ATTRIBUTE, __m128, _mm_setzero_ps(), STEP_F32_SSE2, FIRST_PS)
LOOP(run_f32_avx2, AVX2, __m256, _mm256_setzero_ps(), STEP_F32_AVX2, FIRST_PS_256)
LOOP(run_f32_avx512, AVX512, __m512, _mm512_setzero_ps(), STEP_F32_AVX512, FIRST_PS_512)
static const loop loops_s8[] = {
    { SEDGE_CPU_AVX512VNNI, run_s8_avx512, 64 },
    { SEDGE_CPU_AVX2, run_s8_avx2, 16 },
    { 0, run_s8_sse2, 8 },
};
static const loop loops_f32[] = {
    { SEDGE_CPU_AVX512VNNI, run_f32_avx512, 16 },
    { SEDGE_CPU_AVX2, run_f32_avx2, 8 },
    { 0, run_f32_sse2, 4 },
};
#elif defined(__aarch64__)
#define REGISTER(v)             "+w"(v)
#define FIRST_S32(v)            vgetq_lane_s32(v, 0)
#define FIRST_F32(v)            vgetq_lane_f32(v, 0)
#define STEP_S8_NEON(sum, a, b) vmlal_s16(sum, a, b)
#define STEP_F32_NEON(s, a, b)  vaddq_f32(s, vmulq_f32(a, b))
#define DOT                     __attribute__((target("arch=armv8.2-a+dotprod")))
static inline int32x4_t widen(int32x4_t sum, int32x4_t a, int32x4_t b) {
    return vmlal_s16(sum, vget_low_s16(vreinterpretq_s16_s32(a)), vget_low_s16(vreinterpretq_s16_s32(b)));
}
DOT static inline int32x4_t dot(int32x4_t sum, int32x4_t a, int32x4_t b) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}
LOOP(run_s8_neon, NO_ATTRIBUTE, int32x4_t, vdupq_n_s32(0), widen, FIRST_S32)
LOOP(run_s8_dot, DOT, int32x4_t, vdupq_n_s32(0), dot, FIRST_S32)
LOOP(run_f32_neon, NO_ATTRIBUTE, float32x4_t, vdupq_n_f32(0), STEP_F32_NEON, FIRST_F32)
static const loop loops_s8[] = {
    { SEDGE_CPU_DOTPROD, run_s8_dot, 16 },
    { 0, run_s8_neon, 4 },
};
static const loop loops_f32[] = { { 0, run_f32_neon, 4 } };
#else
#define REGISTER(v)        "+r"(v)
#define STEP_S8(sum, a, b) ((sum) + (a) * (b))
LOOP(run_s8_scalar, NO_ATTRIBUTE, int32_t, 0, STEP_S8, ITSELF)
#undef REGISTER
#define REGISTER(v)         "+m"(v)
#define STEP_F32(sum, a, b) ((sum) + (a) * (b))
LOOP(run_f32_scalar, NO_ATTRIBUTE, float, 0, STEP_F32, ITSELF)
static const loop loops_s8[] = { { 0, run_s8_scalar, 1 } };
static const loop loops_f32[] = { { 0, run_f32_scalar, 1 } };
#endif

static double rate_of(const loop *loops, uint32_t mask) {
    while (loops->cpu & ~mask)
        loops++;
    uint64_t best = UINT64_MAX;
    volatile int64_t sink = 0;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = (uint64_t)sedge_monotonic_ns(sedge_clock_os());
        sink += loops->run();
        uint64_t took = (uint64_t)sedge_monotonic_ns(sedge_clock_os()) - start;
        best = took < best ? took : best;
    }
    return (double)STEPS * CHAINS * loops->macs_per_step / (double)(best ? best : 1);
}

sedge_arithmetic sedge_arithmetic_measure(uint32_t cpu_mask) {
    return (sedge_arithmetic){ rate_of(loops_s8, cpu_mask), rate_of(loops_f32, cpu_mask) };
}

double sedge_arithmetic_limit_us(const sedge_arithmetic *rate, const sedge_model *model) {
    double ns = 0;
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++) {
        const sedge_tensor *x =
            op.n_inputs && op.inputs[0] >= 0 ? sedge_model_tensor(model, (uint32_t)op.inputs[0]) : NULL;
        bool narrow = x && sedge_dtype_size(x->dtype) == 1;
        ns += (double)op.macs / (narrow ? rate->s8_per_ns : rate->f32_per_ns);
    }
    return ns / 1e3;
}
