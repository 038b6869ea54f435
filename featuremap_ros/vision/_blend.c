/* Copyright 2026 featuremap_ros contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A picture and a table of colours, blended in one pass over the pixels.
 *
 * What passes.py does in five calls of OpenCV; the same bits, tested against each other.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* Entries that are looked up before they are blended; they stay in the nearest cache. */
enum { LOOKED_UP = 256 };

/* One table entry: a colour that is weighted already, and what is kept of the picture, of 255. */
typedef struct {
    uint8_t color[3];
    uint8_t keep;
} Entry;

/*
 * Of each processor: how many pixels one step blends, and that step.
 *
 * Four pixels are 12 of a vector's 16 bytes. The last four bytes belong to the pixels that follow:
 * they are read, kept whole and written again, so a step needs two pixels more than it blends.
 * Products are divided by 255 and rounded exactly.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#define FOR_VECTORS __attribute__((target("avx2")))
#define HAS_VECTORS __builtin_cpu_supports("avx2")
enum { STEP = 8 };

FOR_VECTORS static inline void
blend_step(const uint8_t *image, const Entry *entries, uint8_t *out)
{
    const __m256i colors = _mm256_setr_epi8(
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    const __m256i keeps = _mm256_setr_epi8(
        3, 3, 3, 7, 7, 7, 11, 11, 11, 15, 15, 15, -1, -1, -1, -1,
        3, 3, 3, 7, 7, 7, 11, 11, 11, 15, 15, 15, -1, -1, -1, -1);
    const __m256i rest = _mm256_setr_epi32(0, 0, 0, -1, 0, 0, 0, -1);
    const __m256i zero = _mm256_setzero_si256();
    const __m256i half = _mm256_set1_epi16(128), over_255 = _mm256_set1_epi16(257);

    const __m256i entry = _mm256_loadu_si256((const __m256i *)entries);
    const __m256i pixels = _mm256_loadu2_m128i((const __m128i *)(image + 12),
                                               (const __m128i *)image);
    const __m256i keep = _mm256_or_si256(_mm256_shuffle_epi8(entry, keeps), rest);
    __m256i low = _mm256_mullo_epi16(_mm256_unpacklo_epi8(pixels, zero),
                                     _mm256_unpacklo_epi8(keep, zero));
    __m256i high = _mm256_mullo_epi16(_mm256_unpackhi_epi8(pixels, zero),
                                      _mm256_unpackhi_epi8(keep, zero));
    low = _mm256_mulhi_epu16(_mm256_add_epi16(low, half), over_255);
    high = _mm256_mulhi_epu16(_mm256_add_epi16(high, half), over_255);
    const __m256i blended = _mm256_adds_epu8(_mm256_packus_epi16(low, high),
                                             _mm256_shuffle_epi8(entry, colors));
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(blended));
    _mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(blended, 1));
}

#elif defined(__aarch64__)

#include <arm_neon.h>
#define FOR_VECTORS
#define HAS_VECTORS 1
enum { STEP = 4 };

static inline void
blend_step(const uint8_t *image, const Entry *entries, uint8_t *out)
{
    static const uint8_t colors[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16};
    static const uint8_t keeps[16] = {3, 3, 3, 7, 7, 7, 11, 11, 11, 15, 15, 15, 16, 16, 16, 16};
    static const uint8_t rest[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255};

    const uint8x16_t entry = vld1q_u8((const uint8_t *)entries), pixels = vld1q_u8(image);
    const uint8x16_t keep = vorrq_u8(vqtbl1q_u8(entry, vld1q_u8(keeps)), vld1q_u8(rest));
    const uint16x8_t low = vmull_u8(vget_low_u8(pixels), vget_low_u8(keep));
    const uint16x8_t high = vmull_high_u8(pixels, keep);
    const uint8x16_t kept = vcombine_u8(vraddhn_u16(low, vrshrq_n_u16(low, 8)),
                                        vraddhn_u16(high, vrshrq_n_u16(high, 8)));
    vst1q_u8(out, vqaddq_u8(kept, vqtbl1q_u8(entry, vld1q_u8(colors))));
}

#else
#error "no vectors: OpenCV's passes are faster than a loop"
#endif

/* Blend n <= LOOKED_UP of the pixels that are left of a row; out may be the picture itself. */
FOR_VECTORS static void
blend_pixels(const uint8_t *image, const uint8_t *up, const Entry *table, uint8_t *out, size_t n,
             size_t left)
{
    Entry entries[LOOKED_UP];
    size_t i;

    for (i = 0; i < n; i++) {
        entries[i] = table[up[i]];
    }
    for (i = 0; i + STEP <= n && i + STEP + 2 <= left; i += STEP) {
        blend_step(image + 3 * i, entries + i, out + 3 * i);
    }
    for (; i < n; i++) {
        for (int c = 0; c < 3; c++) {
            const unsigned scaled = image[3 * i + c] * entries[i].keep + 128u;
            const unsigned sum = ((scaled + (scaled >> 8)) >> 8) + entries[i].color[c];
            out[3 * i + c] = sum > 255 ? 255 : (uint8_t)sum;
        }
    }
}

/* Get an array of bytes whose rows may lie anywhere. */
static int
get_bytes(PyObject *array, int flags, int dimensions, Py_buffer *view)
{
    if (PyObject_GetBuffer(array, view, PyBUF_STRIDES | PyBUF_FORMAT | flags) < 0) {
        return 0;
    }
    if (view->ndim == dimensions && strcmp(view->format, "B") == 0
        && view->strides[dimensions - 1] == 1
        && (dimensions == 2 || (view->shape[2] == 3 && view->strides[1] == 3))) {
        return 1;
    }
    PyBuffer_Release(view);
    PyErr_Format(PyExc_ValueError, "expected uint8 (%s), pixels side by side",
                 dimensions == 2 ? "h, w" : "h, w, 3");
    return 0;
}

static int
same_size(const Py_buffer *one, const Py_buffer *other)
{
    return one->shape[0] == other->shape[0] && one->shape[1] == other->shape[1];
}

static PyObject *
blend(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer views[4];
    const Py_buffer *image = views, *up = views + 1, *table = views + 2, *out = views + 3;
    PyObject *result = NULL;
    int got = 0;

    if (count != 4) {
        return PyErr_Format(PyExc_TypeError, "expected image, up, table, out: got %zd", count);
    }
    for (; got < 4; got++) {
        if (!get_bytes(args[got], got == 3 ? PyBUF_WRITABLE : 0, got % 3 ? 2 : 3, &views[got])) {
            goto release;
        }
    }
    if (!same_size(image, up) || !same_size(image, out)) {
        PyErr_SetString(PyExc_ValueError, "image, up and out differ in size");
        goto release;
    }
    if (table->shape[0] != 256 || table->shape[1] != 4 || table->strides[0] != 4) {
        PyErr_SetString(PyExc_ValueError, "expected a table of 256 entries of 4 bytes");
        goto release;
    }
    const Py_ssize_t height = image->shape[0], width = image->shape[1];
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t y = 0; y < height; y++) {
        const uint8_t *from = (const uint8_t *)image->buf + y * image->strides[0];
        const uint8_t *row = (const uint8_t *)up->buf + y * up->strides[0];
        uint8_t *to = (uint8_t *)out->buf + y * out->strides[0];
        for (Py_ssize_t x = 0; x < width; x += LOOKED_UP) {
            const size_t left = (size_t)(width - x), n = left < LOOKED_UP ? left : LOOKED_UP;
            blend_pixels(from + 3 * x, row + x, table->buf, to + 3 * x, n, left);
        }
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
release:
    while (got > 0) {
        PyBuffer_Release(&views[--got]);
    }
    return result;
}

static PyMethodDef methods[] = {
    {"blend", (PyCFunction)(void (*)(void))blend, METH_FASTCALL,
     "blend(image, up, table, out)\n--\n\n"
     "Blend the colours of a table into a picture."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_blend", "A picture and a table of colours, in one pass.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__blend(void)
{
    if (!HAS_VECTORS) {
        PyErr_SetString(PyExc_ImportError, "this processor is older than AVX2");
        return NULL;
    }
    return PyModule_Create(&module);
}
