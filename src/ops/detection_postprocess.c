/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DETECTION_POSTPROCESS, the custom operator TFLite_Detection_PostProcess: boxes from their encodings and anchors, then
 * non-maximum suppression. Inputs: encodings [1, boxes, >= 4] (y, x, height, width), scores [1, boxes, classes or
 * classes
 * + 1 with the background first], float32, int8 or uint8; anchors [boxes, 4] of either type. Outputs, float32: boxes
 * [1, n, 4] (top, left, bottom, right), classes [1, n], scores [1, n], how many of the n are detections [1].
 *
 * The fast way takes the best classes of each box and suppresses boxes by their best score; the regular way suppresses
 * class by class. Of equal scores the lower index comes first. Entries beyond the detections are 0; a box whose sides
 * are turned round overlaps with nothing (the reference gives an error there). Source: TensorFlow Lite and its
 * reference for microcontrollers.
 */
#include <string.h>

#include "base/exact_math.h"
#include "model/quant.h"
#include "ops/ops.h"

enum { ENCODINGS, SCORES, ANCHORS };
enum { OUT_BOXES, OUT_CLASSES, OUT_SCORES, OUT_COUNT, OUTPUTS };
enum { COORDINATES = 4, DETECTIONS_MAX = 65536, BOXES_MAX = 1 << 20, CLASSES_MAX = 65536 };

typedef struct box {
    float top, left, bottom, right;
} box;

typedef struct candidate {
    float score;
    uint32_t index; /* of a box, or of (box, class) */
} candidate;

/* a tensor whose elements are read as float32 */
typedef struct numbers {
    sedge_dtype dtype;
    float scale;
    float zero;
} numbers;

typedef struct prepared {
    sedge_detection o;
    size_t boxes, encoding, classes, columns; /* columns of scores: classes, or one more in front */
    size_t out;                               /* rows of the outputs */
    size_t per_box;                           /* fast: classes of a box */
    size_t pool;                              /* regular: kept detections and the newest of one class */
    numbers encodings, scores, anchors;
} prepared;

/* scratch */
typedef struct work {
    box *boxes;
    candidate *candidates; /* by box */
    candidate *kept;       /* pool */
    uint32_t *selected;    /* by box */
} work;

static float number(const numbers *n, const void *data, size_t i) {
    if (n->dtype == SEDGE_FLOAT32)
        return ((const float *)data)[i];
    int32_t q = n->dtype == SEDGE_UINT8 ? ((const uint8_t *)data)[i] : ((const int8_t *)data)[i];
    return ((float)q - n->zero) * n->scale;
}

static float score_of(const prepared *d, const sedge_op_call *call, size_t row, size_t class) {
    return number(&d->scores, call->inputs[SCORES], row * d->columns + d->columns - d->classes + class);
}

/* ---- boxes ---- */

/* centre and half of the extent along one axis */
static void decode_axis(double centre, double extent, double anchor_centre, double anchor_extent, float *low,
                        float *high) {
    float middle = (float)(centre * anchor_extent + anchor_centre);
    float half = (float)(0.5 * sedge_exp(extent) * anchor_extent);
    *low = middle - half;
    *high = middle + half;
}

static void decode_boxes(const prepared *d, const sedge_op_call *call, box *boxes) {
    for (size_t i = 0; i < d->boxes; i++) {
        double e[COORDINATES], a[COORDINATES];
        for (size_t k = 0; k < COORDINATES; k++) {
            e[k] = (double)number(&d->encodings, call->inputs[ENCODINGS], i * d->encoding + k) / (double)d->o.scale[k];
            a[k] = (double)number(&d->anchors, call->inputs[ANCHORS], i * COORDINATES + k);
        }
        decode_axis(e[0], e[2], a[0], a[2], &boxes[i].top, &boxes[i].bottom);
        decode_axis(e[1], e[3], a[1], a[3], &boxes[i].left, &boxes[i].right);
    }
}

static float smaller(float a, float b) {
    return b < a ? b : a;
}

static float larger(float a, float b) {
    return a < b ? b : a;
}

/* intersection over union */
static float overlap(const box *a, const box *b) {
    float area_a = (a->bottom - a->top) * (a->right - a->left), area_b = (b->bottom - b->top) * (b->right - b->left);
    if (area_a <= 0 || area_b <= 0 || a->bottom <= a->top || b->bottom <= b->top)
        return 0;
    float height = larger(smaller(a->bottom, b->bottom) - larger(a->top, b->top), 0);
    float width = larger(smaller(a->right, b->right) - larger(a->left, b->left), 0);
    float common = height * width;
    return common / (area_a + area_b - common);
}

/* ---- order: larger score first, then lower index ---- */

static bool before(candidate a, candidate b) {
    return a.score > b.score || (a.score == b.score && a.index < b.index);
}

static void sift(candidate *c, size_t at, size_t n) {
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && before(c[child], c[child + 1]))
            child++;
        if (!before(c[at], c[child]))
            return;
        candidate swap = c[at];
        c[at] = c[child];
        c[child] = swap;
    }
}

/* a heap sort: nothing but the array is needed */
static void sort(candidate *c, size_t n) {
    for (size_t i = n / 2; i-- > 0;)
        sift(c, i, n);
    for (size_t last = n; last-- > 1;) {
        candidate swap = c[0];
        c[0] = c[last];
        c[last] = swap;
        sift(c, 0, last);
    }
}

/* sorts the n candidates by box and keeps those that no better one overlaps, at most most; returns how many */
static size_t suppress(const prepared *d, const work *w, size_t n, size_t most) {
    size_t kept = 0;
    sort(w->candidates, n);
    for (size_t i = 0; i < n && kept < most; i++) {
        const box *mine = &w->boxes[w->candidates[i].index];
        bool free = true;
        for (size_t k = 0; free && k < kept; k++)
            free = !(overlap(&w->boxes[w->candidates[w->selected[k]].index], mine) > d->o.iou_threshold);
        if (free)
            w->selected[kept++] = (uint32_t)i;
    }
    return kept;
}

/* ---- outputs ---- */

static void put(const prepared *d, const sedge_op_call *call, const work *w, size_t row, uint32_t at, size_t class,
                float score) {
    if (row >= d->out)
        return;
    memcpy((float *)call->outputs[OUT_BOXES] + row * COORDINATES, &w->boxes[at], sizeof(box));
    ((float *)call->outputs[OUT_CLASSES])[row] = (float)class;
    ((float *)call->outputs[OUT_SCORES])[row] = score;
}

/* the best classes of one box, by repeated search: per_box is 1 as a rule */
static size_t next_class(const prepared *d, const sedge_op_call *call, size_t row, const candidate *last) {
    candidate best = { 0, UINT32_MAX };
    for (size_t c = 0; c < d->classes; c++) {
        candidate mine = { score_of(d, call, row, c), (uint32_t)c };
        if ((!last || before(*last, mine)) && (best.index == UINT32_MAX || before(mine, best)))
            best = mine;
    }
    return best.index == UINT32_MAX ? 0 : best.index;
}

static size_t run_fast(const prepared *d, const sedge_op_call *call, const work *w) {
    size_t n = 0, row = 0;
    for (uint32_t i = 0; i < d->boxes; i++) {
        float best = score_of(d, call, i, next_class(d, call, i, NULL));
        if (best >= d->o.score_threshold)
            w->candidates[n++] = (candidate){ best, i };
    }
    size_t kept = suppress(d, w, n, (size_t)d->o.max_detections);
    for (size_t i = 0; i < kept; i++) {
        uint32_t at = w->candidates[w->selected[i]].index;
        candidate last = { 0, 0 };
        for (size_t k = 0; k < d->per_box; k++, row++) {
            last.index = (uint32_t)next_class(d, call, at, k ? &last : NULL);
            last.score = score_of(d, call, at, last.index);
            put(d, call, w, row, at, last.index, last.score);
        }
    }
    return row;
}

static size_t run_regular(const prepared *d, const sedge_op_call *call, const work *w) {
    size_t found = 0, most = (size_t)d->o.max_detections;
    for (size_t class = 0; class < d->classes; class ++) {
        size_t n = 0;
        for (uint32_t i = 0; i < d->boxes; i++) {
            float score = score_of(d, call, i, class);
            if (score >= d->o.score_threshold)
                w->candidates[n++] = (candidate){ score, i };
        }
        size_t kept = suppress(d, w, n, (size_t)d->o.detections_per_class);
        for (size_t i = 0; i < kept; i++) {
            candidate c = w->candidates[w->selected[i]];
            w->kept[found++] = (candidate){ c.score, (uint32_t)(class * d->boxes + c.index) };
        }
        /* of equal scores the earlier class stays first: its indices are lower, within a class the order is by box */
        sort(w->kept, found);
        found = found < most ? found : most;
    }
    for (size_t i = 0; i < found; i++)
        put(d, call, w, i, (uint32_t)(w->kept[i].index % d->boxes), w->kept[i].index / d->boxes, w->kept[i].score);
    return found;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *at = call->scratch;
    work w = { .boxes = (box *)(void *)at };
    w.candidates = (candidate *)(void *)(w.boxes + d->boxes);
    w.kept = w.candidates + d->boxes;
    w.selected = (uint32_t *)(void *)(w.kept + d->pool);
    memset(call->outputs[OUT_BOXES], 0, d->out * sizeof(box));
    memset(call->outputs[OUT_CLASSES], 0, d->out * sizeof(float));
    memset(call->outputs[OUT_SCORES], 0, d->out * sizeof(float));
    decode_boxes(d, call, w.boxes);
    size_t n = d->o.regular ? run_regular(d, call, &w) : run_fast(d, call, &w);
    *(float *)call->outputs[OUT_COUNT] = (float)n;
}

/* ---- open ---- */

static sedge_status check_type(const sedge_tensor *t, sedge_error *err) {
    if (t->dtype == SEDGE_FLOAT32)
        return SEDGE_OK;
    if (t->dtype != SEDGE_INT8 && t->dtype != SEDGE_UINT8)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, float32, int8 or uint8 is needed", t->name,
                          sedge_dtype_name(t->dtype));
    return sedge_op_want_quant(t, err);
}

static sedge_status check_options(const sedge_detection *o, sedge_error *err) {
    if (o->max_detections < 1 || o->max_detections > DETECTIONS_MAX || o->max_classes < 1 ||
        o->max_classes > CLASSES_MAX || o->num_classes < 1 || o->num_classes > CLASSES_MAX ||
        o->detections_per_class < 1)
        return sedge_fail(err, SEDGE_EINVALID,
                          "options: max_detections %d, max_classes_per_detection %d, num_classes %d, "
                          "detections_per_class %d",
                          o->max_detections, o->max_classes, o->num_classes, o->detections_per_class);
    if (!(o->iou_threshold > 0 && o->iou_threshold <= 1))
        return sedge_fail(err, SEDGE_EINVALID, "option nms_iou_threshold is %g, it lies above 0 and up to 1",
                          (double)o->iou_threshold);
    for (int i = 0; i < COORDINATES; i++)
        if (!(o->scale[i] > 0 && o->scale[i] < 1e30f))
            return sedge_fail(err, SEDGE_EINVALID, "a scale of boxes is %g", (double)o->scale[i]);
    return SEDGE_OK;
}

static size_t output_rows(const sedge_detection *o) {
    size_t per_box = (size_t)(o->max_classes < o->num_classes ? o->max_classes : o->num_classes);
    return (size_t)o->max_detections * (o->regular ? 1 : per_box);
}

/* the file declares no shape as a rule, which it writes as a scalar */
static sedge_status settle(sedge_tensor *t, uint32_t rank, const int32_t *dims, sedge_error *err) {
    sedge_status st = sedge_op_want_type(t, SEDGE_FLOAT32, err);
    if (!st && t->rank == 0) {
        t->rank = rank;
        for (uint32_t i = 0; i < rank; i++)
            t->dims[i] = SEDGE_DIM_FREE;
    }
    return st ? st : sedge_op_set_shape(t, rank, dims, err);
}

static sedge_status check_inputs(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *e = sedge_op_input(site, ENCODINGS), *s = sedge_op_input(site, SCORES);
    const sedge_tensor *a = sedge_op_input(site, ANCHORS);
    for (uint32_t i = 0; i < 3; i++) {
        sedge_status st = check_type(sedge_op_input(site, i), err);
        if (st)
            return st;
    }
    if (e->rank != 3 || e->dims[0] != 1 || e->dims[1] > BOXES_MAX || e->dims[2] < COORDINATES)
        return sedge_fail(err, SEDGE_EINVALID, "the encodings, tensor '%s', are not [1, boxes, 4]", e->name);
    if (a->rank != 2 || a->dims[0] != e->dims[1] || a->dims[1] != COORDINATES)
        return sedge_fail(err, SEDGE_EINVALID, "the anchors, tensor '%s', are not [%d, 4]", a->name, e->dims[1]);
    int32_t background = s->rank == 3 ? s->dims[2] - site->op->u.detection.num_classes : -1;
    if (s->rank != 3 || s->dims[0] != 1 || s->dims[1] != e->dims[1] || background < 0 || background > 1)
        return sedge_fail(err, SEDGE_EINVALID, "the scores, tensor '%s', are not [1, %d, %d or one more]", s->name,
                          e->dims[1], site->op->u.detection.num_classes);
    return SEDGE_OK;
}

sedge_status sedge_op_detection_postprocess_shape(const sedge_op_site *site, sedge_error *err) {
    if (site->op->n_outputs != OUTPUTS)
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, 4 are needed", site->op->n_outputs);
    sedge_status st = check_options(&site->op->u.detection, err);
    if (!st)
        st = check_inputs(site, err);
    if (st)
        return st;
    size_t rows = output_rows(&site->op->u.detection);
    if (rows > BOXES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu detections, the limit is %d", rows, BOXES_MAX);
    int32_t n = (int32_t)rows;
    st = settle(sedge_op_output(site, OUT_BOXES), 3, (int32_t[]){ 1, n, COORDINATES }, err);
    if (!st)
        st = settle(sedge_op_output(site, OUT_CLASSES), 2, (int32_t[]){ 1, n }, err);
    if (!st)
        st = settle(sedge_op_output(site, OUT_SCORES), 2, (int32_t[]){ 1, n }, err);
    return st ? st : settle(sedge_op_output(site, OUT_COUNT), 1, (int32_t[]){ 1 }, err);
}

static numbers numbers_of(const sedge_tensor *t) {
    if (t->dtype == SEDGE_FLOAT32)
        return (numbers){ t->dtype, 1, 0 };
    return (numbers){ t->dtype, t->quant.scales[0], (float)sedge_zero_point(t) };
}

sedge_status sedge_op_detection_postprocess_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *e = sedge_op_input(site, ENCODINGS), *s = sedge_op_input(site, SCORES);
    const sedge_detection *o = &site->op->u.detection;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .o = *o,
                     .boxes = (size_t)e->dims[1],
                     .encoding = (size_t)e->dims[2],
                     .classes = (size_t)o->num_classes,
                     .columns = (size_t)s->dims[2],
                     .out = output_rows(o),
                     .per_box = (size_t)(o->max_classes < o->num_classes ? o->max_classes : o->num_classes),
                     .encodings = numbers_of(e),
                     .scores = numbers_of(s),
                     .anchors = numbers_of(sedge_op_input(site, ANCHORS)) };
    if (d->boxes * d->classes > UINT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu boxes of %zu classes", d->boxes, d->classes);
    size_t newest = (size_t)o->detections_per_class < d->boxes ? (size_t)o->detections_per_class : d->boxes;
    d->pool = o->regular ? (size_t)o->max_detections + newest : 0;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "detection_postprocess_f32_scalar",
                             .scratch_bytes = d->boxes * (sizeof(box) + sizeof(candidate) + sizeof(uint32_t)) +
                                              d->pool * sizeof(candidate),
                             .macs = (uint64_t)d->boxes * (d->classes + 16) };
    return SEDGE_OK;
}
