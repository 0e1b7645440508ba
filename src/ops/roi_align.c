/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ROI_ALIGN of ONNX on float32: images [batch, channels, height, width], regions [n, 4] as x0, y0, x1, y1 and the image
 * of each region, int64 [n], which is clamped to those there are. Samples of a bin: as told, else one a pixel, for
 * which regions may be up to REGION_MAX times as long as the images (larger ones get no more samples).
 */
#include "base/exact_math.h"
#include "ops/ops.h"

enum { SAMPLES_MAX = 64, SIDE_MAX = 4096, REGION_MAX = 4 };

typedef struct prepared {
    size_t batch, channels, height, width, regions;
    sedge_roi_align p;
} prepared;

/* one region in pixels, and the samples of its bins */
typedef struct region {
    double x, y, bin_width, bin_height;
    size_t columns, rows;
} region;

static size_t samples(const prepared *d, double bin) {
    if (d->p.sampling_ratio > 0)
        return (size_t)d->p.sampling_ratio;
    double n = -sedge_floor(-bin);
    size_t side = d->height > d->width ? d->height : d->width, most = REGION_MAX * side;
    return n > (double)most ? most : n >= 1 ? (size_t)n : 1;
}

static region load_region(const prepared *d, const float *p) {
    double scale = (double)d->p.spatial_scale, half = d->p.half_pixel ? 0.5 : 0;
    region r = { .x = (double)p[0] * scale - half, .y = (double)p[1] * scale - half };
    double width = (double)p[2] * scale - half - r.x, height = (double)p[3] * scale - half - r.y;
    if (!d->p.half_pixel) {
        width = width > 1 ? width : 1;
        height = height > 1 ? height : 1;
    }
    r.bin_width = width / d->p.width;
    r.bin_height = height / d->p.height;
    r.columns = samples(d, r.bin_width);
    r.rows = samples(d, r.bin_height);
    return r;
}

/* a place between two pixels of an axis; false outside, where all is 0 */
typedef struct place {
    size_t low, high;
    double part;
} place;

static bool find_place(double x, size_t n, place *ret) {
    if (!(x >= -1 && x <= (double)n))
        return false;
    x = x > 0 ? x : 0;
    size_t low = (size_t)x;
    if (low >= n - 1)
        *ret = (place){ n - 1, n - 1, 0 };
    else
        *ret = (place){ low, low + 1, x - (double)low };
    return true;
}

static double mix(const prepared *d, const float *image, double y, double x, bool largest) {
    place r, c;
    if (!find_place(y, d->height, &r) || !find_place(x, d->width, &c))
        return 0;
    const float *low = image + r.low * d->width, *high = image + r.high * d->width;
    double parts[] = { (1 - r.part) * (1 - c.part) * (double)low[c.low], (1 - r.part) * c.part * (double)low[c.high],
                       r.part * (1 - c.part) * (double)high[c.low], r.part * c.part * (double)high[c.high] };
    double sum = parts[0] + parts[1] + parts[2] + parts[3], most = parts[0];
    for (int i = 1; i < 4; i++)
        most = parts[i] > most ? parts[i] : most;
    return largest ? most : sum;
}

static float pool_bin(const prepared *d, const region *r, const float *image, size_t row, size_t column) {
    double result = 0;
    for (size_t i = 0; i < r->rows; i++)
        for (size_t j = 0; j < r->columns; j++) {
            double y = r->y + r->bin_height * ((double)row + ((double)i + 0.5) / (double)r->rows);
            double x = r->x + r->bin_width * ((double)column + ((double)j + 0.5) / (double)r->columns);
            double v = mix(d, image, y, x, d->p.largest);
            if (!d->p.largest)
                result += v;
            else
                result = i + j == 0 || v > result ? v : result;
        }
    return (float)(d->p.largest ? result : result / (double)(r->rows * r->columns));
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int64_t *which = call->inputs[2];
    float *y = call->outputs[0];
    size_t image = d->height * d->width;
    for (size_t n = 0; n < d->regions; n++) {
        region r = load_region(d, (const float *)call->inputs[1] + 4 * n);
        int64_t b = which[n] < 0 ? 0 : which[n] >= (int64_t)d->batch ? (int64_t)d->batch - 1 : which[n];
        for (size_t c = 0; c < d->channels; c++) {
            const float *x = (const float *)call->inputs[0] + ((size_t)b * d->channels + c) * image;
            for (size_t i = 0; i < (size_t)d->p.height; i++)
                for (size_t j = 0; j < (size_t)d->p.width; j++)
                    *y++ = pool_bin(d, &r, x, i, j);
        }
    }
}

sedge_status sedge_op_roi_align_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *rois = sedge_op_input(site, 1), *which = sedge_op_input(site, 2);
    const sedge_roi_align *p = &site->op->u.roi_align;
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_want_type(rois, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_want_type(which, SEDGE_INT64, err);
    if (!st &&
        (x->rank != 4 || rois->rank != 2 || rois->dims[1] != 4 || which->rank != 1 || which->dims[0] != rois->dims[0]))
        st = sedge_fail(err, SEDGE_EINVALID, "'%s' must have rank 4, '%s' be [n, 4], '%s' [n]", x->name, rois->name,
                        which->name);
    if (!st && (p->height < 1 || p->width < 1 || p->height > SIDE_MAX || p->width > SIDE_MAX))
        st = sedge_fail(err, SEDGE_ELIMIT, "output sizes must be within 1 to %d", SIDE_MAX);
    if (!st && (p->sampling_ratio < 0 || p->sampling_ratio > SAMPLES_MAX))
        st = sedge_fail(err, SEDGE_ELIMIT, "sampling_ratio is %d, the limit is %d", p->sampling_ratio, SAMPLES_MAX);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    if (st)
        return st;
    int32_t dims[] = { rois->dims[0], x->dims[1], (int32_t)p->height, (int32_t)p->width };
    return sedge_op_set_shape(sedge_op_output(site, 0), 4, dims, err);
}

sedge_status sedge_op_roi_align_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *rois = sedge_op_input(site, 1);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ (size_t)x->dims[0], (size_t)x->dims[1],    (size_t)x->dims[2],
                     (size_t)x->dims[3], (size_t)rois->dims[0], site->op->u.roi_align };
    uint64_t each = d->p.sampling_ratio ? (uint64_t)d->p.sampling_ratio : 4; /* of a region of usual size */
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "roi_align_f32",
                             .macs = 4 * each * each * sedge_op_elements(sedge_op_output(site, 0)) };
    return SEDGE_OK;
}
