/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "oci/manifest.h"

#define LISTED_MAX 12 /* platforms named in an error */

/* BuildKit stores provenance beside the images, for the platform unknown/unknown. */
static bool is_attestation(const struct descriptor *d)
{
	const char *type = descriptor_annotation(d, "vnd.docker.reference.type");

	if (type && strcmp(type, "attestation-manifest") == 0)
		return true;
	return d->platform && strcmp(d->platform->os, "unknown") == 0;
}

static int refuse(const struct image_index *i, const struct platform *want, struct err *err)
{
	_cleanup_(buf) struct buf list = BUF_INIT;
	const struct descriptor *first = NULL;
	char text[PLATFORM_STR_MAX];
	size_t listed = 0, left = 0;

	for (size_t n = 0; n < i->n_manifests; n++) {
		const struct descriptor *d = &i->manifests[n];

		if (!d->platform || is_attestation(d))
			continue;
		if (!first)
			first = d;
		if (listed == LISTED_MAX) {
			left++;
			continue;
		}
		buf_addf(&list, "%s%s", listed++ ? ", " : "", platform_str(d->platform, text));
	}
	if (!first)
		return err_set(err, ERR_NOT_FOUND, "no image for platform %s: the index is empty",
			       platform_str(want, text));
	if (left)
		buf_addf(&list, " and %zu more", left);
	(void)err_set(err, ERR_NOT_FOUND, "no image for platform %s, there are: %s",
		      platform_str(want, text), buf_str(&list));
	return err_hint(err, "--platform %s", platform_str(first->platform, text));
}

int image_index_select(const struct image_index *i, const struct platform *want,
		       const struct descriptor **ret, struct err *err)
{
	const struct descriptor *best = NULL;
	int best_rank = 0;

	for (size_t n = 0; n < i->n_manifests; n++) {
		const struct descriptor *d = &i->manifests[n];
		int rank = d->platform ? platform_match(want, d->platform) : 0;

		if (is_attestation(d) || rank <= best_rank)
			continue;
		best = d;
		best_rank = rank;
	}
	/* Without a platform the image's config says what it is for; take the first such image. */
	for (size_t n = 0; !best && n < i->n_manifests; n++)
		if (!i->manifests[n].platform && !is_attestation(&i->manifests[n]))
			best = &i->manifests[n];
	if (!best)
		return refuse(i, want, err);
	*ret = best;
	return 0;
}
