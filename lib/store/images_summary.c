/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists show of an image stands beside its name in index.json: with 500 images, reading and
 * parsing a manifest and a config for each would be all the cost there is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "store/images.h"
#include "store/images_private.h"

uint64_t store_image_size(const struct manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_layers; i++)
		sum += m->layers[i].size;
	return sum;
}

void store_summary_of(const struct store_image *img, struct store_summary *ret)
{
	*ret = (struct store_summary){.id = img->id, .size = store_image_size(&img->manifest)};
	if (img->config.created && parse_time(img->config.created, &ret->created, NULL) < 0)
		ret->created = (struct timespec){.tv_sec = 0};
}

void store_entry_summarise(struct arena *a, struct descriptor *d, const struct store_summary *sum)
{
	char text[FORMAT_MAX > DIGEST_STR_MAX ? FORMAT_MAX : DIGEST_STR_MAX];

	descriptor_annotate(a, d, ANNOTATION_IMAGE_ID, digest_str(&sum->id, text));
	snprintf(text, sizeof(text), "%" PRIu64, sum->size);
	descriptor_annotate(a, d, ANNOTATION_IMAGE_SIZE, text);
	descriptor_annotate(a, d, ANNOTATION_IMAGE_CREATED,
			    sum->created.tv_sec ? format_time(sum->created, text) : "");
}

/* Is everything there? What another tool or an older version wrote lacks it. */
static bool from_annotations(const struct descriptor *d, struct store_summary *ret)
{
	const char *id = descriptor_annotation(d, ANNOTATION_IMAGE_ID);
	const char *size = descriptor_annotation(d, ANNOTATION_IMAGE_SIZE);
	const char *created = descriptor_annotation(d, ANNOTATION_IMAGE_CREATED);

	*ret = (struct store_summary){.size = 0};
	return id && size && created && digest_parse(id, &ret->id, NULL) == 0 &&
	       parse_uint(size, UINT64_MAX, &ret->size, NULL) == 0 &&
	       (!*created || parse_time(created, &ret->created, NULL) == 0);
}

int store_image_summary(struct store *s, const struct descriptor *d, struct store_summary *ret,
			struct err *err)
{
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	struct store_summary sum;

	if (!from_annotations(d, &sum)) {
		if (store_image_load(s, d, &img, err) < 0)
			return -1;
		store_summary_of(&img, &sum);
	}
	*ret = sum;
	return 0;
}
