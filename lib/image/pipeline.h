/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline that turns one layer's blob into a stored blob and an unpacked tree, and several of
 * them in parallel. Private to image.
 */
#ifndef ONGGI_IMAGE_PIPELINE_H
#define ONGGI_IMAGE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/progress.h"
#include "codec/stream.h"
#include "oci/digest.h"
#include "store/images.h"
#include "store/layers.h"

enum layer_blob {
	LAYER_BLOB_KEEP,  /* it is in the store or already in the job's `blob` */
	LAYER_BLOB_COPY,  /* write it as it is read */
	LAYER_BLOB_PLAIN, /* write it inflated */
};

struct layer_job {
	/* What to do. */
	const char *label;	   /* for errors and progress: "layer 4bcff63911fc"; borrowed */
	const char *image;	   /* whose layer it is, for errors; NULL: none; borrowed */
	struct source *in;	   /* the blob's bytes; owned */
	uint64_t expect_size;	   /* of the blob; UINT64_MAX: unknown */
	struct digest expect_blob; /* unset: unknown */
	struct digest expect_diff; /* unset: unknown */
	struct digest chain;	   /* of the stack up to it; unset: it is the lowest */
	enum layer_blob blob_mode;
	bool keep; /* name blob and tree as soon as they are verified, for the next attempt */
	/* What came out. */
	struct digest blob_digest;
	uint64_t blob_size;	      /* of the blob as it is stored */
	struct digest diff_id;	      /* unset when not unpacked */
	enum compression compression; /* of the blob as it is stored */
	struct store_blob blob;
	struct store_layer_stage stage;
	unsigned notes; /* enum unpack_note */
	char **implied; /* directories that it implies (struct unpack_result); owned */
	bool root_opaque;
	bool stacked; /* because of one of these its tree belongs to its stack alone */
};
#define LAYER_JOB_INIT                                                                             \
	{                                                                                          \
		.expect_size = UINT64_MAX, .blob = STORE_BLOB_INIT,                                \
		.stage = STORE_LAYER_STAGE_INIT                                                    \
	}

/* Release; what was not committed is removed. */
void layer_job_done(struct layer_job *j);
/*
 * Run all jobs, as many at a time as there are processors, up to five. Digests and sizes are
 * verified; nothing has a name yet when this returns, but what `keep` asked for: a blob, and a tree
 * that does not depend on its stack. Errors: the first job's that failed, with its label;
 * ERR_CORRUPT for digests and sizes that differ
 */
int layer_jobs_run(struct store *s, struct layer_job *jobs, size_t n, struct progress *progress,
		   struct err *err);
/* Name blobs and layers that have none yet; when they reach the disk is left to the kernel. */
int layer_jobs_commit(struct store *s, struct layer_job *jobs, size_t n, struct err *err);
/* Tell what could not be done, once for all jobs. */
void layer_jobs_tell(const struct layer_job *jobs, size_t n, struct progress *progress);

#endif
